// What a session of the own store must not be able to do, whoever wrote it or carries it.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createDualAuth,
  sessions,
  type AuthEvent,
  type SessionsOptions,
  type StoredSession,
} from '../../../src/index.js'
import { createClock, START } from '../../support/clock.js'
import { outcome } from '../../support/outcome.js'
import { cookies, request } from '../../support/requests.js'

const HOUR = 3_600_000
const KEY = randomBytes(32)
const token = randomBytes(24).toString('base64url')
const sha256 = (text: string, form: 'hex' | 'base64url' = 'base64url') => createHash('sha256').update(text).digest(form)
const mac = (text: string) => createHmac('sha256', KEY).update(text).digest('hex')

/** An envelope as other frameworks have it: JSON in base64, in which only the token is signed. */
const sealed = (more: object = {}, spaces = 0) =>
  encodeURIComponent(Buffer.from(JSON.stringify({ token, mac: mac(token), ...more }, null, spaces)).toString('base64'))
function open(value: string): string | null {
  const read = JSON.parse(Buffer.from(value, 'base64').toString()) as { token: string; mac: string }
  return mac(read.token) === read.mac ? read.token : null
}
/** Any of them opens to the same token. */
const SPELLINGS = [sealed(), sealed({}, 2), sealed({ tag: '' }), sealed().replaceAll('%3D', ''), `${sealed()}%3D`]

function instance(row: object = {}, options: Partial<SessionsOptions> = {}) {
  const events: AuthEvent[] = []
  const clock = createClock()
  const verifier = sessions({
    name: 'old',
    carriers: [{ cookie: 'session' }],
    find: () => ({ userId: 'u-1', expiresAt: START + HOUR, ...row }) as StoredSession,
    ...options,
  })
  const auth = createDualAuth({ verifiers: [verifier], now: clock.now, onEvent: (event) => void events.push(event) })
  return { auth, events, clock }
}
const ask = ({ auth }: ReturnType<typeof instance>, value: string) => outcome(auth, cookies(['session', value]))

describe.each([
  ['that has an id', { id: 's-9' }],
  ['that has none', {}],
  ['whose id is the token', { id: token }],
])('a session %s, in a cookie of many spellings,', (_name, row) => {
  it('is ended in each by a sign-out with one', async () => {
    const setting = instance(row, { open, rememberMs: 60_000 })
    for (const value of SPELLINGS) expect(await ask(setting, value)).toBe('200 u-1 by old')
    await setting.auth.signOut(request({ cookie: `session=${SPELLINGS[1]}` }, 'POST'))
    for (const value of SPELLINGS) expect(await ask(setting, value)).toBe('401 credential_revoked')
  })

  it('is ended in each by auth.revoke, with one of them or by its name', async () => {
    for (const spelled of SPELLINGS) {
      const setting = instance(row, { open })
      await setting.auth.revoke({ credential: `session=${spelled}` })
      for (const value of SPELLINGS) expect(await ask(setting, value)).toBe('401 credential_revoked')
    }
    const setting = instance(row, { open })
    const result = await setting.auth.authenticate(cookies(['session', sealed()]))
    const session = result.ok ? result.principal.sessionId : null
    await setting.auth.revoke({ session: session ?? '', verifier: 'old' })
    for (const value of SPELLINGS) expect(await ask(setting, value)).toBe('401 credential_revoked')
  })
})

it('a revocation of what is none of its own asks no store', async () => {
  let asked = 0
  const find = () => (asked++, null)
  const { auth } = instance({}, { open: () => null, find })
  await auth.revoke({ credential: 'session=junk' })
  expect(asked).toBe(0)
})

it.each<[string, NonNullable<SessionsOptions['open']>]>([
  ['throws', () => Promise.reject(new Error('no key'))],
  ['never answers', () => new Promise(() => {})],
])('a revocation while `open` %s holds for the text, and does not say that all is over', async (_name, failing) => {
  const setting = instance({}, { open: failing, timeoutMs: 5 })
  await expect(setting.auth.revoke({ credential: `session=${sealed()}` })).rejects.toMatchObject({
    code: 'store_unavailable',
    status: 503,
  })
  expect(setting.events).toContainEqual(expect.objectContaining({ type: 'revoked', kind: 'credential' }))
})

it('a revocation ends the session that one verifier finds, although `open` of another throws', async () => {
  const of = (name: string, more: Partial<SessionsOptions>) =>
    sessions({
      name,
      carriers: [{ cookie: name }],
      find: () => ({ userId: 'u-1', expiresAt: START + HOUR }),
      ...more,
    })
  const auth = createDualAuth({
    verifiers: [of('session', { open }), of('other', { open: () => Promise.reject(new Error('no key')) })],
    link: ({ subject }) => ({ id: subject }),
    now: createClock().now,
  })
  await auth.revoke({ credential: `session=${sealed()}` })
  for (const value of SPELLINGS) expect(await outcome(auth, cookies(['session', value]))).toBe('401 credential_revoked')
})

describe('a sign-out while the store is away', () => {
  it('does not say that a session of many spellings is over, and holds for the one that was sent', async () => {
    const store = { isAway: true }
    const find = async (): Promise<StoredSession> => {
      if (store.isAway) throw new Error('down')
      return { userId: 'u-1', expiresAt: START + HOUR }
    }
    const { auth } = instance({}, { open, find })
    await expect(auth.signOut(cookies(['session', sealed()]))).rejects.toMatchObject({
      code: 'store_unavailable',
      status: 503,
    })
    store.isAway = false
    expect(await outcome(auth, cookies(['session', sealed()]))).toBe('401 credential_revoked')
    expect(await auth.signOut(cookies(['session', sealed()]))).toEqual([
      { verifier: 'old', sessionId: expect.any(String) as string },
    ])
    for (const value of SPELLINGS)
      expect(await outcome(auth, cookies(['session', value]))).toBe('401 credential_revoked')
  })
})

describe('a store that ignores case', () => {
  const stored = `${token}Az`
  const respelled = fc
    .array(fc.boolean(), { minLength: stored.length, maxLength: stored.length })
    .map((flips) => stored.replace(/./g, (one, at: number) => (flips[at] === true ? flipped(one) : one)))
    .filter((text) => text !== stored)
  const flipped = (one: string) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase())
  const row = { userId: 'u-1', expiresAt: START + HOUR }
  const secret = { secretHash: sha256('secret') }

  it.each<[string, Partial<SessionsOptions>, Partial<StoredSession>, string]>([
    ['states the key', {}, { key: stored }, ''],
    ['states the key as bytes', {}, { key: Buffer.from(stored) }, ''],
    ['has the token for an id', {}, { id: stored }, ''],
    [
      'states the id of a token of two parts as its key',
      { storedAs: 'id.secret' },
      { ...secret, key: stored },
      '.secret',
    ],
    ['has the id of a token of two parts', { storedAs: 'id.secret' }, { ...secret, id: stored }, '.secret'],
  ])('and %s knows the token in its one spelling only', async (_name, options, more, rest) => {
    const find = (key: string) => (key.toLowerCase() === stored.toLowerCase() ? { ...row, ...more } : null)
    const { auth } = instance({}, { ...options, find })
    expect(await outcome(auth, cookies(['session', `${stored}${rest}`]))).toBe('200 u-1 by old')
    await fc.assert(
      fc.asyncProperty(respelled, async (text) => {
        expect(await outcome(auth, cookies(['session', `${text}${rest}`]))).toBe('401 credential_revoked')
      }),
      { numRuns: 30 },
    )
  })

  it('is taken at its word where it states the key, whatever the id', async () => {
    const { auth } = instance({ key: stored, id: stored.toUpperCase() })
    expect(await outcome(auth, cookies(['session', stored]))).toBe('200 u-1 by old')
  })

  it('may spell a hash as it likes where it is the id, because nobody sends it', async () => {
    const { auth } = instance({ id: sha256(token, 'hex').toUpperCase() }, { storedAs: 'sha256-hex' })
    expect(await outcome(auth, cookies(['session', token]))).toBe('200 u-1 by old')
  })
})

it('a revocation that cannot be complete says so, and holds for the text', async () => {
  const setting = instance({}, { open, find: () => Promise.reject(new Error('down')) })
  await expect(setting.auth.revoke({ credential: `session=${sealed()}` })).rejects.toMatchObject({
    code: 'store_unavailable',
    cause: { message: 'sessions(old).find', cause: { message: 'down' } },
  })
  expect(setting.events).toContainEqual(expect.objectContaining({ type: 'revoked', kind: 'credential' }))
})

it.each([
  ['plain', token, sha256(token)],
  ['sha256-hex', sha256(token, 'hex'), sha256(sha256(token, 'hex'))],
] as const)('the name of a session stored as %s is no credential', async (storedAs, id, name) => {
  for (const row of [{}, { id }]) {
    const { auth } = instance(row, { storedAs })
    const result = await auth.authenticate(cookies(['session', token]))
    expect(result.ok && result.principal.sessionId).toBe(storedAs === 'plain' || !('id' in row) ? name : id)
    expect(JSON.stringify(result)).not.toContain(token)
  }
})

describe('what a failing store or function quotes', () => {
  const failing = (quoted: string) =>
    Object.assign(new Error(`no answer to session:${quoted}`), { command: { args: [quoted] } })
  const cases: [string, Partial<SessionsOptions>, string, string[]][] = [
    ['the token', {}, token, [token]],
    ['the token that was in an envelope', { open }, sealed(), [token]],
    ['its hash', { storedAs: 'sha256-hex' }, token, [token, sha256(token, 'hex')]],
    ['its secret', { storedAs: 'id.secret' }, `id.${token}`, [token]],
  ]
  it.each(cases)('stays out of events: %s', async (_name, options, value, secrets) => {
    for (const secret of secrets) {
      const setting = instance({}, { ...options, find: () => Promise.reject(failing(secret)) })
      expect(await ask(setting, value)).toBe('503 verifier_unavailable')
      const unavailable = setting.events.find((event) => event.type === 'unavailable')
      const cause = unavailable?.cause as Error & { command?: unknown }
      expect([String(cause), String(cause.stack), JSON.stringify(cause)].join()).not.toContain(secret)
    }
  })
})

it('a sign-in that is dated ahead, as of a local time, does not outlive a revocation of its person', async () => {
  for (const [createdAt, said] of [
    [START + 2 * HOUR, '401 credential_revoked'],
    [START + 30_000, '200 u-1 by old'],
  ] as const) {
    const setting = instance({ createdAt })
    setting.clock.advance(10_000)
    await setting.auth.revoke({ principal: 'u-1' })
    expect(await ask(setting, token)).toBe(said)
  }
})

it('claims reach no prototype', async () => {
  const claims: unknown = JSON.parse('{"plan":{"a":1,"__proto__":{"admin":true}},"__proto__":{"admin":true}}')
  const { auth } = instance({ claims })
  const result = await auth.authenticate(cookies(['session', token]))
  if (!result.ok) throw result.error
  expect(Object.getOwnPropertyNames(result.principal.claims)).toEqual(['plan'])
  const { plan } = result.principal.claims as { plan: object }
  for (const part of [result.principal.claims, plan]) expect(Object.assign({}, part)).not.toHaveProperty('admin')
})
