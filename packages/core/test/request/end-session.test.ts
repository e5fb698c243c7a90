import { expect, it } from 'vitest'
import { betterAuth, createDualAuth, remote } from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { outcome } from '../support/outcome.js'
import { bearer, cookies } from '../support/requests.js'
import { found, SESSION_SECRET, sessionToken, signedCookie, signedValue } from '../support/sessions.js'

it('tells every service of a logout, also beside one that is down, and says so', async () => {
  const told: string[] = []
  const down = new Error('the service is down')
  const service = (name: string, failure: Error | null) =>
    remote({
      name,
      credentials: [{ cookie: name }],
      validate: ({ operation }) => {
        told.push(`${name} ${operation}`)
        return failure === null ? Promise.resolve({ version: 2, outcome: 'ended' }) : Promise.reject(failure)
      },
    })
  const auth = createDualAuth({
    verifiers: [service('first', down), service('second', null), service('third', down)],
    link: () => null,
  })
  const request = cookies(['first', '1'], ['second', '2'], ['third', '3'])
  await expect(auth.endSession(request)).rejects.toThrow()
  expect(told.sort()).toEqual(['first end-session', 'second end-session', 'third end-session'])
})

it('asks again about a session that the app ended, also while it would be remembered', async () => {
  const token = sessionToken('ada')
  let isOver = false
  const auth = createDualAuth({
    verifiers: [
      betterAuth({
        name: 'better-auth',
        secrets: [SESSION_SECRET],
        sessions: () => (isOver ? null : found('ada')),
        bearer: 'signed',
        rememberMs: 60_000,
      }),
    ],
    now: createClock().now,
  })
  const requests = [cookies(['better-auth.session_token', signedCookie(token)]), bearer(signedValue(token))]
  for (const request of requests) expect(await outcome(auth, request)).toMatch(/^200 ada/)
  isOver = true
  for (const [place, request] of requests.entries()) {
    expect([place, await outcome(auth, request)]).toEqual([place, expect.stringMatching(/^200 ada/)])
    await auth.endSession(request)
    expect(await outcome(auth, request)).toMatch(/^401/)
  }
})
