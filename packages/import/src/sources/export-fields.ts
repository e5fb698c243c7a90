import { text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { MAX_BYTES } from '../files/text.js'

/** What is checked alike of sources that read the users, and their passwords apart, from files that a provider exports. */
export const exportFields: {
  readonly users: typeof text
  readonly passwords: z.ZodMiniExactOptional<typeof text>
  readonly metadata: z.ZodMiniDefault<z.ZodMiniArray<typeof text>>
  readonly maxBytes: z.ZodMiniDefault<ReturnType<typeof wholeBetween>>
} = Object.freeze({
  users: text,
  passwords: z.exactOptional(text),
  metadata: z._default(z.array(text), []),
  maxBytes: z._default(wholeBetween(1, Number.MAX_SAFE_INTEGER), MAX_BYTES),
})
