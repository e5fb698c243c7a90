import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { betterAuth, createDualAuth } from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { outcome } from '../support/outcome.js'
import { bearer, cookies } from '../support/requests.js'
import { found, SESSION_SECRET, sessionToken, signedCookie, signedValue } from '../support/sessions.js'
import { createSessionWorld, sessionCookie, type SessionWorld } from '../support/workos-sessions.js'

const REVOKED = '401 credential_revoked'

/** Encodes every character, which a cookie may as well as none. */
function encodedWhole(value: string): string {
  return value.replaceAll(/[^]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

describe('auth.revoke of a Better Auth session', () => {
  const token = sessionToken('ada')
  const other = sessionToken('bob')
  const auth = () =>
    createDualAuth({
      verifiers: [
        betterAuth({
          name: 'better-auth',
          secrets: [SESSION_SECRET],
          sessions: (asked) => found(asked === token ? 'ada' : 'bob'),
          bearer: 'signed-or-raw',
        }),
      ],
      now: createClock().now,
    })
  const spellings = {
    'the signed cookie': cookies(['better-auth.session_token', signedCookie(token)]),
    'the cookie, encoded otherwise': cookies(['better-auth.session_token', encodedWhole(signedValue(token))]),
    'the signed bearer': bearer(signedValue(token)),
    'the percent-encoded bearer of 1.4': bearer(signedCookie(token)),
    'the bare token': bearer(token),
  }
  const told = { 'the cookie': signedCookie(token), 'the signed value': signedValue(token), 'the token': token }

  it.each(Object.entries(told))('by %s ends it, however it is spelled', async (_name, credential) => {
    const instance = auth()
    for (const request of Object.values(spellings)) expect(await outcome(instance, request)).toMatch(/^200 ada/)
    await instance.revoke({ credential })
    for (const [name, request] of Object.entries(spellings))
      expect([name, await outcome(instance, request)]).toEqual([name, REVOKED])
    expect(await outcome(instance, bearer(other))).toMatch(/^200 bob/)
  })
})

describe('auth.revoke of a sealed session', () => {
  let world: SessionWorld
  beforeEach(async () => {
    world = await createSessionWorld()
  })
  afterEach(() => world.close())

  it('ends it, however it is spelled', async () => {
    const { whole } = world.instance({ refresh: null })
    const sealed = await world.sealed()
    expect(sealed).toMatch(/~2$/)
    const spellings = [sealed, sealed.slice(0, -2), encodedWhole(sealed), encodeURIComponent(sealed)]
    for (const spelling of spellings) expect(await outcome(whole, sessionCookie(spelling))).toMatch(/^200/)
    await whole.revoke({ credential: sealed })
    for (const spelling of spellings) expect(await outcome(whole, sessionCookie(spelling))).toBe(REVOKED)
    expect(await outcome(whole, sessionCookie(await world.sealed()))).toMatch(/^200/)
  })
})
