import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seconds } from '../support/clock.js'
import { outcome } from '../support/outcome.js'
import { cookieField, cookies, request } from '../support/requests.js'
import { found, sessionToken, signedCookie } from '../support/sessions.js'
import { legacyClaims, mint, OTHER_SECRET } from '../support/tokens.js'
import { createWorld, type World } from '../support/world.js'

/** Two sides in cookies: `legacy_token` is the old one, Better Auth's session the new one. */
const NEW = '__Secure-better-auth.session_token'
const NEW_PLAIN = 'better-auth.session_token'
const OLD = 'legacy_token'

let world: World
const fresh = signedCookie(sessionToken('fresh'))
const expired = signedCookie(sessionToken('expired'))
const signedOut = signedCookie(sessionToken('signedOut'))
const banned = signedCookie(sessionToken('banned'))
const orphan = signedCookie(sessionToken('orphan'))
const stranger = signedCookie(sessionToken('stranger'))
const forged = signedCookie(sessionToken('fresh'), OTHER_SECRET)

const old = mint()
const oldExpired = mint({ claims: legacyClaims({ exp: seconds(-60), iat: seconds(-600) }) })
const oldForged = mint({ key: OTHER_SECRET })
const oldStranger = mint({ claims: legacyClaims({ userId: 'legacy-8' }) })

beforeAll(async () => {
  world = await createWorld()
  world.sessions.set(sessionToken('fresh'), found('ba-7'))
  world.sessions.set(sessionToken('stranger'), found('ba-9'))
  world.sessions.set(sessionToken('expired'), found('ba-7', { session: { expiresAt: seconds(-1) } }))
  world.sessions.set(sessionToken('banned'), found('ba-7', { user: { banned: true } }))
  world.sessions.set(sessionToken('orphan'), found('ba-7', { user: null }))
})
afterAll(() => world.close())
beforeEach(() => {
  world.down.clear()
  world.events.length = 0
})

const decide = (...pairs: [string, string][]) => outcome(world.auth, cookies(...pairs))

describe('two valid cookies', () => {
  it('of one principal pass, and the newest side is of record', async () => {
    expect(await decide([OLD, old], [NEW, fresh])).toBe('200 user-7 by better-auth')
    expect(await decide([NEW, fresh], [OLD, old])).toBe('200 user-7 by better-auth')
  })

  it('of different principals are a conflict', async () => {
    expect(await decide([NEW, fresh], [OLD, oldStranger])).toBe('401 identity_conflict')
    expect(world.events).toContainEqual(
      expect.objectContaining({
        type: 'refused',
        code: 'identity_conflict',
        reason: 'principal',
        verifiers: ['better-auth', 'legacy'],
      }),
    )
    expect(await decide([NEW, stranger], [NEW_PLAIN, fresh])).toBe('401 identity_conflict')
  })

  it('of different organizations are a conflict, of one and none are not', async () => {
    const organizations = await createWorld({
      link: ({ verifier }) => ({
        id: 'user-7',
        organization: verifier === 'legacy' ? 'org-1' : organizationOfNew,
      }),
    })
    organizations.sessions.set(sessionToken('fresh'), found('ba-7'))
    let organizationOfNew: string | null = 'org-2'
    const both = cookies([NEW, fresh], [OLD, old])
    expect(await outcome(organizations.auth, both)).toBe('401 identity_conflict')
    expect(organizations.events.find(({ type }) => type === 'refused')).toMatchObject({
      reason: 'organization',
      verifiers: ['better-auth', 'legacy'],
    })
    organizationOfNew = null
    expect(await outcome(organizations.auth, both)).toBe('200 user-7 by better-auth')
    organizationOfNew = 'org-1'
    expect(await outcome(organizations.auth, both)).toBe('200 user-7 by better-auth')
    await organizations.close()
  })
})

describe('a missing or expired cookie of the new side', () => {
  it('falls through to the old side', async () => {
    expect(await decide([OLD, old])).toBe('200 user-7 by legacy')
    expect(await decide([NEW, ''], [OLD, old])).toBe('200 user-7 by legacy')
    expect(await decide([NEW, expired], [OLD, old])).toBe('200 user-7 by legacy')
  })

  it('is reported when it did not decide', async () => {
    await decide([NEW, expired], [OLD, old])
    expect(world.events).toContainEqual(
      expect.objectContaining({ type: 'ignored', code: 'credential_expired', verifier: 'better-auth' }),
    )
  })

  it('does not excuse what the old side holds', async () => {
    expect(await decide([NEW, expired], [OLD, oldForged])).toBe('401 credential_invalid')
    expect(await decide([NEW, expired], [OLD, oldExpired])).toBe('401 credential_expired')
    expect(await decide([NEW, expired])).toBe('401 credential_expired')
  })
})

describe('a cookie of the new side that decides', () => {
  it.each([
    ['signed out', signedOut, '401 credential_revoked'],
    ['banned', banned, '403 account_banned'],
    ['of a deleted user', orphan, '401 credential_revoked'],
    ['forged', forged, '401 credential_invalid'],
    ['unsigned', sessionToken('fresh'), '401 credential_invalid'],
    ['with a broken encoding', '%zz', '401 credential_invalid'],
  ])('is the one %s: logging out there never signs the old cookie in', async (_, value, expected) => {
    expect(await decide([NEW, value], [OLD, old])).toBe(expected)
    expect(await decide([OLD, old], [NEW, value])).toBe(expected)
  })

  it('is the one that cannot be judged: an outage is 503', async () => {
    world.down.add('sessions')
    expect(await decide([NEW, fresh], [OLD, old])).toBe('503 verifier_unavailable')
    expect(await decide([OLD, old])).toBe('200 user-7 by legacy')
  })

  it('is the valid one: nothing that the old side holds takes it away', async () => {
    for (const value of [oldExpired, oldForged, 'junk'])
      expect(await decide([OLD, value], [NEW, fresh])).toBe('200 user-7 by better-auth')
  })
})

describe('several values of one cookie name', () => {
  it('pass when one principal is among the valid ones, in any order', async () => {
    expect(await decide([NEW, forged], [NEW, fresh])).toBe('200 user-7 by better-auth')
    expect(await decide([NEW, fresh], [NEW, signedOut], [NEW, expired])).toBe('200 user-7 by better-auth')
    expect(await decide([OLD, 'junk'], [OLD, old])).toBe('200 user-7 by legacy')
  })

  it('are a conflict when two principals are among them, whatever the other side says', async () => {
    expect(await decide([NEW, fresh], [NEW, stranger])).toBe('401 identity_conflict')
    expect(await decide([NEW, fresh], [OLD, old], [OLD, oldStranger])).toBe('401 identity_conflict')
  })

  it('decide against the caller when none is valid and one is worse than expired', async () => {
    expect(await decide([NEW, expired], [NEW, signedOut], [OLD, old])).toBe('401 credential_revoked')
    expect(await decide([NEW, expired], [NEW, forged], [OLD, old])).toBe('401 credential_invalid')
  })

  it('are 503 when none is valid and one cannot be judged', async () => {
    world.down.add('sessions')
    expect(await decide([NEW, forged], [NEW, fresh])).toBe('503 verifier_unavailable')
  })

  it('are at most three', async () => {
    const values = ['a', 'b', 'c'].map((seed): [string, string] => [NEW, signedCookie(sessionToken(seed))])
    expect(await decide(...values)).toBe('401 credential_revoked')
    expect(await decide(...values, [NEW, fresh])).toBe('400 credential_malformed')
  })
})

it('keeps the plain cookie from deciding over the __Secure- one, which no insecure page can set', async () => {
  expect(await decide([NEW_PLAIN, forged], [NEW, fresh])).toBe('200 user-7 by better-auth')
  expect(await decide([NEW_PLAIN, fresh], [NEW, forged])).toBe('401 credential_invalid')
})

it('treats a cookie of a foreign name or content as none', async () => {
  expect(await decide(['session', old], ['\u00a0legacy_token', old])).toBe('401 credential_missing')
  expect(await decide([OLD, 'not-a-token'])).toBe('401 credential_missing')
})

describe('unsafe methods with a cookie', () => {
  const post = (headers: Record<string, string>, cookie = cookieField([NEW, fresh])) =>
    outcome(world.auth, request({ cookie, ...headers }, 'POST'))

  it('need a same-origin proof', async () => {
    expect(await post({})).toBe('403 origin_untrusted')
    expect(await post({ 'sec-fetch-site': 'same-site' })).toBe('403 origin_untrusted')
    expect(await post({ origin: 'https://evil.example' })).toBe('403 origin_untrusted')
    expect(await post({ 'sec-fetch-site': 'same-origin' })).toBe('200 user-7 by better-auth')
  })

  it('say first what is wrong with the cookie', async () => {
    expect(await post({}, cookieField([NEW, forged]))).toBe('401 credential_invalid')
    expect(await post({}, cookieField([NEW, expired]))).toBe('401 credential_expired')
    expect(await post({}, 'theme=dark')).toBe('401 credential_missing')
  })

  it('need none with a bearer or an API key, cookie or not', async () => {
    const sent = request({ authorization: `Bearer ${old}`, cookie: cookieField([NEW, fresh]) }, 'DELETE')
    expect(await outcome(world.auth, sent)).toBe('200 user-7 by legacy')
  })

  it('pass from a configured origin, and without one where the app admits other clients', async () => {
    const open = await createWorld({ trustedOrigins: ['https://app.example.com'], allowNonBrowser: true })
    open.sessions.set(sessionToken('fresh'), found('ba-7'))
    const send = (headers: Record<string, string>) =>
      outcome(open.auth, request({ cookie: cookieField([NEW, fresh]), ...headers }, 'PUT'))
    expect(await send({ origin: 'https://app.example.com', 'sec-fetch-site': 'same-site' })).toBe(
      '200 user-7 by better-auth',
    )
    expect(await send({})).toBe('200 user-7 by better-auth')
    expect(await send({ origin: 'null' })).toBe('403 origin_untrusted')
    await open.close()
  })

  it('tell nothing of the account to an untrusted origin', async () => {
    const result = await world.auth.authenticate(request({ cookie: cookieField([NEW, fresh]) }, 'POST'))
    expect(JSON.stringify(result)).not.toContain('user-7')
    expect(JSON.stringify(world.events)).not.toContain('user-7')
  })
})
