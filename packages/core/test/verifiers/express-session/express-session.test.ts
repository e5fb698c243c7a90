import { createHash, createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createDualAuth,
  expressSession,
  sessions,
  type AuthEvent,
  type ExpressSessionOptions,
  type ExpressSessionStore,
} from '../../../src/index.js'
import { createClock, START } from '../../support/clock.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { cookies, request } from '../../support/requests.js'

const SECRET = randomBytes(32).toString('hex')
const SID = randomBytes(24).toString('base64url')
/** By which a session is named: the id is half of the credential. */
const NAME = createHash('sha256').update(SID).digest('base64url')

/** As cookie-signature and express-session write it. */
function signed(sid: string, secret = SECRET): string {
  const mac = createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '')
  return encodeURIComponent(`s:${sid}.${mac}`)
}

function instance(found: unknown, options: Partial<ExpressSessionOptions> = {}) {
  const events: AuthEvent[] = []
  const asked: string[] = []
  const store: ExpressSessionStore = {
    get(sid, callback) {
      asked.push(sid)
      callback(null, found)
    },
  }
  const auth = createDualAuth({
    verifiers: [expressSession({ name: 'express', secrets: [SECRET], store, ...options })],
    now: createClock().now,
    onEvent: (event) => void events.push(event),
  })
  return { auth, asked, events }
}
const said = (setting: ReturnType<typeof instance>, value: string) =>
  outcome(setting.auth, cookies(['connect.sid', value]))
const of = (user: unknown, more: object = {}) => ({
  cookie: { originalMaxAge: null, expires: null },
  passport: { user },
  ...more,
})

describe('the cookie', () => {
  it('is accepted with the signature of the app, percent-encoded or not', async () => {
    const setting = instance(of('u-1'))
    for (const value of [signed(SID), decodeURIComponent(signed(SID)), signed(SID).replace('s%3A', '%73%3a')])
      expect(await said(setting, value)).toBe('200 u-1 by express')
    expect(new Set(setting.asked)).toEqual(new Set([SID]))
  })

  it('is refused without asking the store where it is not signed so', async () => {
    const setting = instance(of('u-1'))
    const text = decodeURIComponent(signed(SID))
    const [head, mac] = [text.slice(0, text.lastIndexOf('.') + 1), text.slice(text.lastIndexOf('.') + 1)]
    const spelled = `${mac.slice(0, -1)}${mac.endsWith('A') ? 'B' : String.fromCharCode(mac.charCodeAt(42) + 1)}`
    for (const value of [
      SID,
      `s:${SID}`,
      `s:.${mac}`,
      text.slice(2),
      `${head}${spelled}`,
      `${text}%3D`,
      `j:${text}`,
      signed(`${SID}x`).replace('x.', '.'),
      signed(SID, randomBytes(32).toString('hex')),
      '__proto__',
      '%zz',
    ])
      expect(await said(setting, value)).toBe('401 credential_invalid')
    expect(setting.asked).toEqual([])
  })

  it('that is changed anywhere is refused', async () => {
    const setting = instance(of('u-1'))
    const text = decodeURIComponent(signed(SID))
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(...'Aa0+/._-'.split('')), async (at, other) => {
        fc.pre(text[at] !== other)
        const changed = encodeURIComponent(text.slice(0, at) + other + text.slice(at + 1))
        expect(await said(setting, changed)).toBe('401 credential_invalid')
      }),
      { numRuns: 200 },
    )
  })

  it('of two, exactly one of which is genuine, decides', async () => {
    const { auth } = instance(of('u-1'))
    const field = `connect.sid=${signed(SID, randomBytes(32).toString('hex'))}; connect.sid=${signed(SID)}`
    expect(await outcome(auth, request({ cookie: field }))).toBe('200 u-1 by express')
  })

  it('is ended by auth.revoke whichever secret signed it, and by its session', async () => {
    const old = randomBytes(32).toString('hex')
    for (const revocation of [{ credential: signed(SID, old) }, { session: NAME, verifier: 'express' }]) {
      const setting = instance(of('u-1'), { secrets: [SECRET, old], rememberMs: 60_000 })
      expect(await said(setting, signed(SID))).toBe('200 u-1 by express')
      await setting.auth.revoke(revocation as Parameters<typeof setting.auth.revoke>[0])
      expect(await said(setting, signed(SID))).toBe('401 credential_revoked')
    }
  })
})

describe('the id of a session', () => {
  it('is in no principal and in no event; a hash of it is, by which the session is ended', async () => {
    const setting = instance(of('u-1'), { claims: () => ({ plan: 'pro' }) })
    const result = await setting.auth.authenticate(cookies(['connect.sid', signed(SID)]))
    expect(result).toMatchObject({ principal: { sessionId: NAME } })
    expect(JSON.stringify([result, setting.events])).not.toContain(SID)
  })

  it('names a session however long it is', async () => {
    const long = 'a'.repeat(300)
    const setting = instance(of('u-1'))
    await setting.auth.signOut(cookies(['connect.sid', signed(long)]))
    expect(await said(setting, signed(long))).toBe('401 credential_revoked')
    expect(setting.events.filter(({ type }) => type === 'revoked')).toMatchObject([{ kind: 'session' }])
  })

  it.each([(sid: string) => `no answer to session:${sid}`, () => 'down'])(
    'is not in what a store throws that quotes it (%#)',
    async (message) => {
      const failure = (sid: string) => Object.assign(new Error(message(sid)), { command: { args: [`app:${sid}`] } })
      const setting = instance(null, { store: { get: (sid, callback) => callback(failure(sid)) } })
      expect(await said(setting, signed(SID))).toBe('503 verifier_unavailable')
      const unavailable = setting.events.find((event) => event.type === 'unavailable')
      const cause = unavailable?.cause as Error
      expect([String(cause), String(cause.stack), JSON.stringify(cause)].join()).not.toContain(SID)
    },
  )
})

describe('what the store has', () => {
  it.each<[string, unknown, string]>([
    ['null', null, '401 credential_revoked'],
    ['undefined', undefined, '401 credential_revoked'],
    ['a text', 'session', '503 verifier_unavailable'],
    ['a list', [], '503 verifier_unavailable'],
    ['a session of nobody', { cookie: {} }, '401 credential_missing'],
    ['what is left of Passport', { passport: {} }, '401 credential_missing'],
    ['a user that is null', of(null), '401 credential_missing'],
    ['a user without an id', of({ name: 'Ada' }), '503 verifier_unavailable'],
    ['a user that is a flag', of(true), '503 verifier_unavailable'],
    ['an empty id', of(''), '503 verifier_unavailable'],
    ['a user in the prototype', JSON.parse('{"__proto__":{"passport":{"user":"u-1"}}}'), '401 credential_missing'],
    ['an id in the prototype', of(JSON.parse('{"__proto__":{"id":"u-1"}}')), '503 verifier_unavailable'],
    ['an end that is no date', of('u-1', { cookie: { expires: 'never' } }), '200 u-1 by express'],
  ])('%s', async (_name, found, expected) => {
    expect(await said(instance(found), signed(SID))).toBe(expected)
  })

  it('is copied: what a handler holds is not the session', async () => {
    const cart = { items: [1] }
    const { auth } = instance(of('u-1', { cart }), { claims: ({ cart }) => ({ cart }) })
    const result = await auth.authenticate(cookies(['connect.sid', signed(SID)]))
    expect(result).toMatchObject({ principal: { claims: { cart } } })
    expect(Object.isFrozen(cart)).toBe(false)
  })

  it('ends no earlier than the store says, and no principal later than the app', async () => {
    const expires = (at: number) =>
      of('u-1', { cookie: { originalMaxAge: 60_000, expires: new Date(at).toISOString() } })
    for (const [at, seconds] of [
      [START + 30_000, 30],
      [START - 1, 60],
    ] as const) {
      const { auth } = instance(expires(at))
      expect(await auth.authenticate(cookies(['connect.sid', signed(SID)]))).toMatchObject({
        principal: { expiresAt: START / 1000 + seconds },
      })
    }
  })

  it.each<[string, ExpressSessionStore['get'], string]>([
    ['fails', (_, callback) => callback(new Error('down')), '503 verifier_unavailable'],
    [
      'throws',
      () => {
        throw new Error('down')
      },
      '503 verifier_unavailable',
    ],
    ['rejects', () => Promise.reject(new Error('down')), '503 verifier_unavailable'],
    ['never answers', () => {}, '503 verifier_unavailable'],
    [
      'has no such file',
      (_, callback) => callback(Object.assign(new Error('gone'), { code: 'ENOENT' })),
      '401 credential_revoked',
    ],
    [
      'has no such socket, because its server is down',
      (_, callback) =>
        callback(Object.assign(new Error('connect ENOENT redis.sock'), { code: 'ENOENT', syscall: 'connect' })),
      '503 verifier_unavailable',
    ],
  ])('a store that %s', async (_name, get, expected) => {
    expect(await said(instance(null, { store: { get }, timeoutMs: 5 }), signed(SID))).toBe(expected)
  })

  it.each([
    () => {
      throw new Error('no')
    },
    () => ({}) as never,
    () => Promise.resolve('u-1') as never,
  ])('cannot be judged where `subject` makes nothing of it', async (subject) => {
    expect(await said(instance(of('u-1'), { subject }), signed(SID))).toBe('503 verifier_unavailable')
  })
})

it('a visitor beside a session of the new side is no obstacle', async () => {
  const store: ExpressSessionStore = { get: (_, callback) => callback(null, { cookie: {} }) }
  const old = expressSession({ name: 'express', secrets: [SECRET], store })
  const found = { userId: 'u-2', expiresAt: START + 60_000 }
  const fresh = sessions({ name: 'new', carriers: [{ cookie: 'sid' }], find: () => found })
  for (const verifiers of [
    [old, fresh],
    [fresh, old],
  ] as const) {
    const auth = createDualAuth({ verifiers, link: ({ subject }) => ({ id: subject }), now: createClock().now })
    expect(await outcome(auth, cookies(['connect.sid', signed(SID)], ['sid', 'x']))).toBe('200 u-2 by new')
  }
})

describe('options', () => {
  const base = { name: 'express', secrets: [SECRET], store: { get: () => {} } }
  it.each<[string, object]>([
    ['secrets', { secrets: [] }],
    ['secrets[0]', { secrets: ['keyboard cat'] }],
    ['secrets[0]', { secrets: ['keyboard cat'], acceptWeakSecret: { until: '2999-01-01', reason: 'inherited' } }],
    ['secrets[0]', { secrets: ['short-one'] }],
    ['store', { store: {} }],
    ['cookie', { cookie: 'a b' }],
    ['subject', { subject: 'passport' }],
    ['timeoutMs', { timeoutMs: 0 }],
  ])('%s is refused by name', (name, more) => {
    expect(wrongOption(() => expressSession({ ...base, ...more } as never))).toBe(`expressSession(express).${name}`)
  })

  it('an inherited short secret is accepted until a date', async () => {
    const acceptWeakSecret = { until: '2999-01-01', reason: 'inherited' }
    const setting = instance(of('u-1'), { secrets: ['short-one'], acceptWeakSecret })
    expect(await said(setting, signed(SID, 'short-one'))).toBe('200 u-1 by express')
    expect(setting.events.some(({ type }) => type === 'weak_secret')).toBe(true)
  })
})
