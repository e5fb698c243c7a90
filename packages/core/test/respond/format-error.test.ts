import { expect, it } from 'vitest'
import { createDualAuth, legacyJwt, type AuthEvent, type FormatError } from '../../src/index.js'
import { createClock, START } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { request } from '../support/requests.js'

const events: AuthEvent[] = []

/** Content type and body of the answer to a missing credential, and what was told about formatting. */
async function answered(formatError: FormatError) {
  events.length = 0
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions())],
    now: createClock().now,
    onEvent: (event) => events.push(event),
    formatError,
  })
  const result = await auth.authenticate(request())
  if (result.ok) throw new Error('somebody')
  const { status, headers, body } = auth.respond(result.error)
  const type = headers.find(([name]) => name === 'content-type')?.[1]
  return {
    status,
    type,
    body: JSON.parse(body) as unknown,
    failed: events.filter(({ type }) => type === 'format_failed'),
  }
}

const problem = {
  status: 401,
  type: 'application/problem+json; charset=utf-8',
  body: expect.objectContaining({ code: 'credential_missing' }) as unknown,
}

it('gives the body that clients know', async () => {
  expect(await answered(({ code }) => ({ error: code }))).toEqual({
    status: 401,
    type: 'application/json; charset=utf-8',
    body: { error: 'credential_missing' },
    failed: [],
  })
})

it('leaves the problem document where it returns undefined', async () => {
  expect(await answered(() => undefined)).toEqual({ ...problem, failed: [] })
})

it('tells the operator when it throws, and the caller gets the refusal all the same', async () => {
  const cause = new Error('a bug')
  const answer = await answered(() => {
    throw cause
  })
  expect(answer).toEqual({ ...problem, failed: [{ type: 'format_failed', at: START, cause }] })
})

it('tells the operator when it returns what is no JSON, or a promise', async () => {
  for (const formatError of [() => 1n, () => Promise.reject(new Error('late')), async () => ({})]) {
    const { failed, ...answer } = await answered(formatError)
    expect(answer).toEqual(problem)
    expect(failed).toEqual([
      expect.objectContaining({ type: 'format_failed', cause: expect.any(TypeError) as unknown }),
    ])
  }
})
