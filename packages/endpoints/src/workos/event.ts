import type { WorkosEvent } from '@dualauth/core'
import { DATE_TIME_FORM, dateTime } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { parseBody } from '../http/parse-body.js'

const ID = /^[A-Za-z0-9_]{1,128}$/
const TYPE = /^[a-z][a-z0-9_]{0,63}(?:\.[a-z][a-z0-9_]{0,63}){0,3}$/

/** The very object, not a copy: a member may be called `__proto__`. */
const data = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
)

const envelope = z.object({
  id: z.string('an id').check(z.regex(ID, 'an id')),
  event: z.string('the type of an event').check(z.regex(TYPE, 'the type of an event')),
  created_at: z.string(DATE_TIME_FORM).check(z.refine((value) => dateTime.safeParse(value).success, DATE_TIME_FORM)),
  data,
})

/**
 * What all events have in common. What is in `data` depends on the type, and is judged by whoever keeps it.
 * @throws {AuthError} `request_invalid`, which repeats nothing of the event.
 */
export function readEvent(body: unknown): WorkosEvent {
  const { id, event, created_at: createdAt, data } = parseBody(envelope, body)
  return { id, event, createdAt, data }
}

/** The session that an event ends; null for every other event. */
export function endedSession({ event, data }: WorkosEvent): string | null {
  if (event !== 'session.revoked') return null
  return parseBody(z.object({ data: session }), { data }).data.id
}

const session = z.object({ id: z.string('an id').check(z.regex(ID, 'an id')) })
