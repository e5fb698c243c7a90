import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import {
  createDualAuth,
  legacyJwt,
  sessions,
  type AuthEvent,
  type SessionsOptions,
  type StoredSession,
} from '../../../src/index.js'
import { createClock, seconds, START } from '../../support/clock.js'
import { legacyOptions } from '../../support/legacy.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer, cookies, request } from '../../support/requests.js'
import { mint } from '../../support/tokens.js'

const HOUR = 3_600_000
const token = `session_${randomBytes(24).toString('base64url')}`
const sha256 = (text: string, form: 'hex' | 'base64' | 'base64url') => createHash('sha256').update(text).digest(form)

interface Setting extends Partial<SessionsOptions> {
  readonly rows?: Readonly<Record<string, unknown>>
}

function instance({ rows = {}, ...options }: Setting = {}) {
  const clock = createClock()
  const asked: string[] = []
  const events: AuthEvent[] = []
  const verifier = sessions({
    name: 'old',
    carriers: [{ cookie: 'session' }, 'bearer'],
    token: { prefix: 'session_' },
    find(key) {
      asked.push(key)
      return (Object.hasOwn(rows, key) ? rows[key] : null) as StoredSession | null
    },
    ...options,
  })
  const auth = createDualAuth({ verifiers: [verifier], now: clock.now, onEvent: (event) => void events.push(event) })
  return { auth, clock, asked, events }
}

const row = (more: object = {}): object => ({ userId: 'u-1', expiresAt: START + HOUR, ...more })

describe('a session of the own store', () => {
  it.each([
    ['a bearer', bearer(token)],
    ['a cookie', cookies(['session', token])],
    ['a cookie that is percent-encoded', cookies(['session', token.replace('_', '%5F')])],
  ])('is accepted by %s', async (_name, sent) => {
    expect(await outcome(instance({ rows: { [token]: row() } }).auth, sent)).toBe('200 u-1 by old')
  })

  it('is accepted by a header of its own', async () => {
    const { auth } = instance({ rows: { [token]: row() }, carriers: [{ header: 'X-Session' }] })
    expect(await outcome(auth, request({ 'x-session': token }))).toBe('200 u-1 by old')
  })

  it('says of the person what the store says', async () => {
    const claims = { plan: 'pro', nested: { seats: 3 } }
    const more = { id: 7, createdAt: new Date(START - HOUR), roles: ['editor'], email: 'a@example.com', claims }
    const { auth } = instance({ rows: { [token]: row({ userId: 12n, organization: 'acme', ...more }) } })
    const result = await auth.authenticate(bearer(token))
    expect(result).toMatchObject({
      principal: {
        id: '12',
        subject: '12',
        issuer: 'old',
        kind: 'user',
        sessionId: '7',
        organization: 'acme',
        expiresAt: seconds(3600),
        claims,
      },
    })
    if (!result.ok) return
    expect(Object.isFrozen((result.principal.claims as typeof claims).nested)).toBe(true)
    expect(Object.isFrozen(claims.nested)).toBe(false)
    expect(JSON.stringify(result.principal)).not.toContain(token)
  })

  it.each<[string, object, number, string]>([
    ['its `expiresAt`', {}, HOUR, '401 credential_expired'],
    ['its `expiresAt`, not a moment before', {}, HOUR - 1, '200 u-1 by old'],
    ['`idleSeconds` after its last use', { lastUsedAt: seconds() }, 600_000, '401 credential_expired'],
    ['`idleSeconds` after its last use, not before', { lastUsedAt: seconds() }, 599_999, '200 u-1 by old'],
    [
      '`maxAgeSeconds` after the sign-in',
      { createdAt: new Date(START).toISOString() },
      900_000,
      '401 credential_expired',
    ],
    ['`maxAgeSeconds`, not before', { createdAt: new Date(START).toISOString() }, 899_999, '200 u-1 by old'],
  ])('ends at %s', async (_name, more, later, expected) => {
    const { auth, clock } = instance({
      rows: { [token]: row(more) },
      ...('lastUsedAt' in more && { idleSeconds: 600 }),
      ...('createdAt' in more && { maxAgeSeconds: 900 }),
    })
    clock.advance(later)
    expect(await outcome(auth, bearer(token))).toBe(expected)
  })

  it('is unknown once the store has dropped it, and at once', async () => {
    const rows: Record<string, unknown> = { [token]: row() }
    const { auth } = instance({ rows })
    expect(await outcome(auth, bearer(token))).toBe('200 u-1 by old')
    delete rows[token]
    expect(await auth.authenticate(bearer(token))).toMatchObject({
      error: { code: 'credential_revoked' },
      reason: 'session_unknown',
    })
  })

  it('is refused of an account that is not active', async () => {
    const { auth } = instance({ rows: { [token]: row({ isActive: false }) } })
    expect(await outcome(auth, bearer(token))).toBe('403 account_deactivated')
  })

  it('may have no end only where the app says that the store decides', async () => {
    const rows = { [token]: row({ expiresAt: null }) }
    expect(await outcome(instance({ rows }).auth, bearer(token))).toBe('503 verifier_unavailable')
    expect(await outcome(instance({ rows, expiry: 'store-decides' }).auth, bearer(token))).toBe('200 u-1 by old')
  })

  it('is remembered only as long as the app asks, and never past its end', async () => {
    const rows = { [token]: row({ expiresAt: START + 1_000 }) }
    const forgetful = instance({ rows })
    for (let i = 0; i < 3; i++) await outcome(forgetful.auth, bearer(token))
    expect(forgetful.asked).toHaveLength(3)
    const { auth, asked, clock } = instance({ rows, rememberMs: 60_000 })
    for (let i = 0; i < 3; i++) await outcome(auth, bearer(token))
    expect(asked).toHaveLength(1)
    await auth.authenticate(bearer(token), { fresh: true })
    expect(asked).toHaveLength(2)
    clock.advance(1_000)
    expect(await outcome(auth, bearer(token))).toBe('401 credential_expired')
  })

  it('is looked up once for requests that come together', async () => {
    let answer: (found: StoredSession) => void = () => {}
    const found = new Promise<StoredSession>((resolve) => void (answer = resolve))
    const find = vi.fn<SessionsOptions['find']>((key) => (key === token ? found : null))
    const { auth } = instance({ find })
    const asking = Promise.all(Array.from({ length: 20 }, () => outcome(auth, bearer(token))))
    // Each of these takes as many steps as those before it, which have arrived when the last one is answered.
    for (let turn = 0; turn < 20; turn++) await outcome(auth, bearer(`session_${turn}`))
    answer(row() as StoredSession)
    expect(new Set(await asking)).toEqual(new Set(['200 u-1 by old']))
    expect(find.mock.calls.filter(([key]) => key === token)).toHaveLength(1)
  })

  it('is ended by auth.revoke, by its id, its person, or itself', async () => {
    const made = () => instance({ rows: { [token]: row({ id: 's-9', createdAt: START - HOUR }) }, rememberMs: 60_000 })
    for (const revocation of [
      { session: 's-9', verifier: 'old' },
      { principal: 'u-1' },
      { credential: token.replace('_', '%5F') },
    ]) {
      const { auth } = made()
      expect(await outcome(auth, bearer(token))).toBe('200 u-1 by old')
      await auth.revoke(revocation as Parameters<typeof auth.revoke>[0])
      expect(await outcome(auth, bearer(token))).toBe('401 credential_revoked')
    }
  })
})

describe('what the store keeps', () => {
  it.each(['hex', 'base64', 'base64url'] as const)('may be the SHA-256 of the token alone, as %s', async (form) => {
    const { auth, asked } = instance({ rows: { [sha256(token, form)]: row() }, storedAs: `sha256-${form}` })
    expect(await outcome(auth, bearer(token))).toBe('200 u-1 by old')
    expect(asked).toEqual([sha256(token, form)])
  })

  it('then signs nobody in by the hash, which a leak would show', async () => {
    const hash = sha256(token, 'hex')
    const { auth } = instance({ rows: { [hash]: row() }, storedAs: 'sha256-hex' })
    expect(await outcome(auth, cookies(['session', hash]))).toBe('401 credential_revoked')
  })

  const [id, secret] = [randomBytes(15).toString('base64url'), randomBytes(15).toString('base64url')]
  const dotted = { storedAs: 'id.secret', token: { minLength: 41 } } as const

  it.each<[string, unknown]>([
    ['bytes', createHash('sha256').update(secret).digest()],
    ['hex', sha256(secret, 'hex')],
    ['base64', sha256(secret, 'base64')],
    ['base64url', sha256(secret, 'base64url')],
    ['the text of a bytea', `\\x${sha256(secret, 'hex')}`],
  ])('may be an id and the hash of a secret, as %s', async (_name, secretHash) => {
    const { auth, asked } = instance({ rows: { [id]: row({ secretHash }) }, ...dotted })
    for (const sent of [bearer(`${id}.${secret}`), cookies(['session', `${id}.${secret}`])])
      expect(await outcome(auth, sent)).toBe('200 u-1 by old')
    expect(new Set(asked)).toEqual(new Set([id]))
  })

  it('tells nobody without the secret whether there is such an id', async () => {
    const { auth } = instance({ rows: { [id]: row({ secretHash: sha256(secret, 'hex') }) }, ...dotted })
    const other = randomBytes(15).toString('base64url')
    for (const value of [`${id}.${other}`, `${other}.${secret}`])
      expect(await outcome(auth, bearer(value))).toBe('401 credential_revoked')
    for (const value of [id, `${id}.`, `.${secret}`, `${id}.${secret}.`, `${id}..${secret}`])
      expect(await outcome(auth, cookies(['session', value]))).toBe('401 credential_invalid')
  })

  it.each([undefined, null, '', 'ab', sha256(secret, 'hex').slice(2), new Uint8Array(31)])(
    'cannot be compared with %j: 503',
    async (secretHash) => {
      const { auth } = instance({ rows: { [id]: row({ secretHash }) }, ...dotted })
      expect(await outcome(auth, bearer(`${id}.${secret}`))).toBe('503 verifier_unavailable')
    },
  )

  it('is no JWT: a verifier of JWTs beside it needs no precedence', async () => {
    const verifier = sessions({ name: 'old', carriers: ['bearer'], find: () => null, ...dotted })
    const auth = createDualAuth({
      verifiers: [legacyJwt(legacyOptions()), verifier],
      link: ({ subject }) => ({ id: subject }),
    })
    expect(auth.explain(mint()).verifiers).toEqual(['legacy'])
    expect(auth.explain(`${id}.${secret}`).verifiers).toEqual(['old'])
  })
})

describe('open', () => {
  const sealed = (value: string) => (value.startsWith('sealed:') ? value.slice(7) : null)

  it('unseals what was carried; what is not genuine is refused without a look-up', async () => {
    const { auth, asked } = instance({ rows: { [token]: row() }, open: sealed })
    expect(await outcome(auth, cookies(['session', `sealed:${token}`]))).toBe('200 u-1 by old')
    expect(await outcome(auth, cookies(['session', token]))).toBe('401 credential_invalid')
    expect(asked).toEqual([token])
  })

  it.each<[string, NonNullable<SessionsOptions['open']>]>([
    [
      'throws',
      () => {
        throw new Error('no key')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no key'))],
    ['forgets to return', (() => undefined) as never],
    ['returns a number', (() => 7) as never],
    ['never answers', () => new Promise(() => {})],
  ])('that %s cannot tell', async (_name, open) => {
    const { auth } = instance({ rows: { [token]: row() }, open, timeoutMs: 5 })
    expect(await outcome(auth, bearer(token))).toBe('503 verifier_unavailable')
  })
})

describe('a session that nobody has signed in to', () => {
  const rows = { [token]: row({ userId: null, expiresAt: null }) }

  it('is like no credential at all', async () => {
    const { auth, events } = instance({ rows })
    const result = await auth.authenticate(cookies(['session', token]))
    expect(result).toMatchObject({ ok: false, error: { code: 'credential_missing' }, reason: 'anonymous' })
    if (result.ok) return
    expect(JSON.stringify(auth.respond(result.error).headers)).not.toContain('error=')
    expect(events.filter(({ type }) => type === 'ignored')).toEqual([])
  })

  it.each(['before', 'behind'])('hides no valid cookie %s it', async (place) => {
    const visitor = sessions({ name: 'visitor', carriers: [{ cookie: 'session' }], find: () => rows[token] as never })
    const jwt = legacyJwt(legacyOptions({ carriers: [{ cookie: 'legacy_token' }] }))
    const events: AuthEvent[] = []
    const auth = createDualAuth({
      verifiers: place === 'before' ? [jwt, visitor] : [visitor, jwt],
      link: ({ subject }) => ({ id: subject }),
      now: createClock().now,
      onEvent: (event: AuthEvent) => void events.push(event),
    })
    expect(await outcome(auth, cookies(['session', token], ['legacy_token', mint()]))).toMatch(/^200 .* by legacy$/)
    const expired = mint({ claims: { exp: seconds(-60) } })
    expect(await outcome(auth, cookies(['session', token], ['legacy_token', expired]))).toBe('401 credential_expired')
    expect(events.filter(({ type }) => type === 'ignored')).toEqual([])
  })

  it('beside a valid one of the same name does not decide', async () => {
    const other = `session_${randomBytes(24).toString('base64url')}`
    const { auth } = instance({ rows: { ...rows, [other]: row() } })
    for (const pair of [
      [token, other],
      [other, token],
    ])
      expect(await outcome(auth, request({ cookie: pair.map((value) => `session=${value}`).join('; ') }))).toBe(
        '200 u-1 by old',
      )
  })

  it('is nothing to sign out of', async () => {
    const { auth } = instance({ rows })
    expect(await auth.signOut(cookies(['session', token]))).toEqual([])
  })
})

describe('what is no answer of a store', () => {
  it.each<[string, unknown, string]>([
    ['no user id', { expiresAt: START + HOUR }, 'userId'],
    ['an empty user id', row({ userId: '' }), 'userId'],
    ['a user id that is an object', row({ userId: { id: 1 } }), 'userId'],
    ['a user id that is no whole number', row({ userId: 1.5 }), 'userId'],
    ['no end', { userId: 'u-1' }, 'expiresAt'],
    ['an end that is no date', row({ expiresAt: 'tomorrow' }), 'expiresAt'],
    ['an invalid date', row({ expiresAt: new Date(Number.NaN) }), 'expiresAt'],
    ['an infinite end', row({ expiresAt: Number.POSITIVE_INFINITY }), 'expiresAt'],
    ['an end in microseconds', row({ expiresAt: (START + HOUR) * 1_000 }), 'expiresAt'],
    ['an end in nanoseconds, as text', row({ expiresAt: `${START + HOUR}000000` }), 'expiresAt'],
    ['roles that are a text', row({ roles: 'admin' }), 'roles'],
    ['an organization that is an object', row({ organization: {} }), 'organization'],
    ['an organization with control characters', row({ organization: 'a\nb' }), 'organization'],
    ['claims that are a list', row({ claims: [] }), 'claims'],
    ['claims that hold a function', row({ claims: { save: () => {} } }), 'claims'],
    ['an `isActive` that is a text', row({ isActive: 'false' }), 'isActive'],
    ['a last use that is missing', row(), 'lastUsedAt'],
  ])('%s: 503, and the event names the member', async (_name, answer, member) => {
    const { auth, events } = instance({
      rows: { [token]: answer },
      ...(member === 'lastUsedAt' && { idleSeconds: 600 }),
    })
    expect(await outcome(auth, bearer(token))).toBe('503 verifier_unavailable')
    const [unavailable] = events.filter((event) => event.type === 'unavailable')
    expect(String(unavailable?.cause)).toContain(`\`${member}\``)
  })

  it.each([
    ['no object', 'yes', 'a string'],
    ['a list', [], 'a list'],
  ])('%s: 503, and the event names what it is', async (_name, answer, kind) => {
    const { auth, events } = instance({ rows: { [token]: answer } })
    expect(await outcome(auth, bearer(token))).toBe('503 verifier_unavailable')
    const [unavailable] = events.filter((event) => event.type === 'unavailable')
    expect(unavailable?.error?.message).toBe(`sessions(old).find: answered with ${kind}, and not with a session`)
  })

  it.each<[string, SessionsOptions['find']]>([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['never answers', () => new Promise(() => {})],
  ])('a store that %s cannot tell', async (_name, find) => {
    const { auth } = instance({ find, timeoutMs: 5 })
    expect(await outcome(auth, bearer(token))).toBe('503 verifier_unavailable')
  })

  it('takes members named __proto__ for data', async () => {
    const claims = JSON.parse('{"__proto__":{"admin":true},"plan":"pro"}') as object
    const { auth } = instance({ rows: { [token]: row({ claims }) } })
    const result = await auth.authenticate(bearer(token))
    expect(result.ok && (result.principal.claims as { admin?: boolean }).admin).toBeUndefined()
    const polluted = instance({ rows: { [token]: JSON.parse('{"__proto__":{"userId":"u-1","expiresAt":9e12}}') } })
    expect(await outcome(polluted.auth, bearer(token))).toBe('503 verifier_unavailable')
  })
})

describe('what no token can be', () => {
  it.each(['%00', 'a%0Ab', '%C3%A9', '%20', '%7F', 'a b'])('is never looked for: %s', async (value) => {
    const { auth, asked } = instance()
    const result = await auth.authenticate(cookies(['session', value]))
    expect([400, 401]).toContain(result.ok ? 200 : result.error.status)
    expect(asked).toEqual([])
  })

  it('is asked for as it is, whatever it is called', async () => {
    const { auth } = instance()
    for (const value of ['__proto__', 'constructor', 'toString', '%zz', "'--", 'x'.repeat(8_000)])
      expect(await outcome(auth, cookies(['session', value]))).toBe('401 credential_revoked')
    expect(await outcome(auth, cookies(['session', 'x'.repeat(9_000)]))).toBe('431 credential_too_large')
  })
})

describe('options', () => {
  const base = { name: 'old', carriers: [{ cookie: 'session' }], find: () => null }
  it.each<[string, object]>([
    ['carriers', { carriers: undefined }],
    ['carriers', { carriers: [] }],
    ['token', { carriers: ['bearer'] }],
    ['token', { carriers: [{ cookie: 'session' }, { header: 'x-session' }] }],
    ['token', { token: { prefix: 'session_' } }],
    ['token.minLength', { carriers: ['bearer'], token: {} }],
    ['token.prefix', { carriers: ['bearer'], token: { prefix: 'eyJ' } }],
    ['find', { find: undefined }],
    ['find', { find: {} }],
    ['open', { open: 'secret' }],
    ['storedAs', { storedAs: 'md5' }],
    ['idleSeconds', { idleSeconds: 0 }],
    ['maxAgeSeconds', { maxAgeSeconds: Number.NaN }],
    ['expiry', { expiry: 'never' }],
    ['rememberMs', { rememberMs: -1 }],
    ['timeoutMs', { timeoutMs: 60_000 }],
  ])('%s is refused by name', (name, more) => {
    expect(wrongOption(() => sessions({ ...base, ...more } as never))).toBe(`sessions(old).${name}`)
  })
})
