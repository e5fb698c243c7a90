import { generateKeyPairSync, sign } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { betterAuth, createDualAuth, legacyJwt } from '../../src/index.js'
import { createClock, seconds } from '../support/clock.js'
import { legacyAuth } from '../support/legacy.js'
import { outcome } from '../support/outcome.js'
import { bearer, cookies } from '../support/requests.js'
import { seal } from '../support/seals.js'
import { found, SESSION_SECRET, sessionToken, signedCookie, signedValue } from '../support/sessions.js'
import { legacyClaims, mint, SECRET } from '../support/tokens.js'
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

it('auth.revoke refuses a token that was cut off, where a cookie may hold any text', async () => {
  const auth = createDualAuth({
    verifiers: [
      betterAuth({ name: 'better-auth', secrets: [SESSION_SECRET], sessions: () => null }),
      legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [SECRET], purpose: 'only-access-tokens' }),
    ],
    link: () => null,
  })
  const token = mintWhere((cut) => !isSpelled(cut))
  for (const credential of [
    token.slice(0, -1),
    token.slice(0, token.indexOf('.')),
    token.slice(0, token.lastIndexOf('.')),
  ])
    await expect(auth.revoke({ credential })).rejects.toMatchObject({ code: 'configuration_invalid' })
  await auth.revoke({ credential: token })
  await auth.revoke({ credential: signedCookie(sessionToken('ada')) })
})

it('auth.revoke of a token whose signature lost its end, and still reads as one, ends the token', async () => {
  const auth = legacyAuth()
  const token = mintWhere(isSpelled)
  expect(await outcome(auth, bearer(token))).toMatch(/^200 /)
  await auth.revoke({ credential: token.slice(0, -1) })
  expect(await outcome(auth, bearer(token))).toBe(REVOKED)
})

/** Whether the 42 characters that are left of an HMAC with SHA-256 are the spelling of 31 bytes: one in sixteen is. */
function isSpelled(cut: string): boolean {
  return /[AQgw]$/.test(cut)
}

function mintWhere(isWanted: (cut: string) => boolean): string {
  for (let at = 0; ; at++) {
    const token = mint({ claims: legacyClaims({ jti: String(at) }) })
    if (isWanted(token.slice(0, -1))) return token
  }
}

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

  it('ends it as it was copied from a header: in quotes, beside other cookies, in chunks', async () => {
    const { whole } = world.instance({ refresh: null })
    const copies = [
      (sealed: string) => `wos-session="${sealed}"`,
      (sealed: string) => `theme=dark; wos-session=${sealed}; lang=en`,
      (sealed: string) => `wos-session.1=${sealed.slice(900)}; wos-session.0=${sealed.slice(0, 900)}`,
    ]
    for (const copied of copies) {
      const sealed = await world.sealed()
      expect(await outcome(whole, sessionCookie(sealed))).toMatch(/^200/)
      await whole.revoke({ credential: copied(sealed) })
      expect(await outcome(whole, sessionCookie(sealed))).toBe(REVOKED)
    }
    const two = `wos-session=${await world.sealed()}; wos-session=${await world.sealed()}`
    await expect(whole.revoke({ credential: two })).rejects.toMatchObject({ code: 'configuration_invalid' })
  })

  it('of an older layout ends it, whatever layout is written behind it', async () => {
    const { whole } = world.instance({ refresh: null })
    const content = { accessToken: world.accessToken(), refreshToken: 'r' }
    const old = (await seal({ ...content, persistent: content })).replace(/~2$/, '~1')
    const spellings = ['', '~1', '~2', '~3', '~99'].map((layout) => old.replace(/~1$/, layout))
    for (const spelling of spellings) expect(await outcome(whole, sessionCookie(spelling))).toMatch(/^200/)
    await whole.revoke({ credential: old })
    for (const spelling of spellings) expect(await outcome(whole, sessionCookie(spelling))).toBe(REVOKED)
  })
})

describe('auth.revoke of a JWT', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = (claims: object) => {
    const text = `${encode({ alg: 'ES256' })}.${encode({ sub: 'ada', exp: seconds(600), iat: seconds(-1), ...claims })}`
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return `${text}.${signature.toString('base64url')}`
  }
  /** The signature `(r, n - s)` of the same text verifies as well, and anybody can make it. */
  const twinOf = (token: string) => {
    const [header, claims, signature] = token.split('.') as [string, string, string]
    const bytes = Buffer.from(signature, 'base64url')
    const s = ORDER - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
    bytes.set(Buffer.from(s.toString(16).padStart(64, '0'), 'hex'), 32)
    return `${header}.${claims}.${bytes.toString('base64url')}`
  }
  const open = () =>
    createDualAuth({
      verifiers: [
        legacyJwt({
          name: 'legacy',
          algorithms: ['ES256'],
          keys: [publicKey.export({ type: 'spki', format: 'pem' }).toString()],
          purpose: 'only-access-tokens',
        }),
      ],
      now: createClock().now,
    })

  it('ends every signature of the same text, whichever of them was revoked', async () => {
    for (const pick of [0, 1]) {
      const auth = open()
      const token = signed({ jti: `${pick}` })
      const both = [token, twinOf(token)]
      for (const each of both) expect(await outcome(auth, bearer(each))).toMatch(/^200 ada/)
      await auth.revoke({ credential: both[pick] as string })
      for (const each of both) expect(await outcome(auth, bearer(each))).toBe(REVOKED)
      expect(await outcome(auth, bearer(signed({ jti: 'another' })))).toMatch(/^200 ada/)
    }
  })
})
