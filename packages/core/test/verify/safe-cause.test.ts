import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  apiKeys,
  betterAuth,
  createApiKey,
  createDualAuth,
  hashApiKey,
  type AuthEvent,
  type DualAuth,
} from '../../src/index.js'
import { isSet } from '../../src/sql/column-values.js'
import { apiKey, request } from '../support/requests.js'
import { SESSION_SECRET, sessionToken, signedCookie } from '../support/sessions.js'

const spelled = (events: readonly AuthEvent[], error: unknown) =>
  [
    ...events.map((event) => ('cause' in event ? String((event.cause as Error).stack) : '')),
    String((error as Error).stack),
  ].join('\n')

function fail(message: string): never {
  throw new Error(message)
}

/** What is told when the look-up of a session throws this. */
async function failWith(cause: object, token: string) {
  const events: AuthEvent[] = []
  const sessions = () => Promise.reject(cause as Error)
  const auth = createDualAuth({
    verifiers: [betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions })],
    onEvent: (event) => void events.push(event),
  })
  const result = await auth.authenticate(request({ cookie: `better-auth.session_token=${signedCookie(token)}` }))
  if (result.ok) throw new Error('was accepted')
  return { events, error: result.error }
}

it('tells no credential and no hash that a store quoted in what it threw', async () => {
  const token = sessionToken('secret')
  const { key } = await createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: 'u' }, scopes: [] })
  const hash = await hashApiKey(key)
  const events: AuthEvent[] = []
  const fail = (parameter: string) => {
    const cause = new Error(`params: ${parameter}`)
    throw Object.assign(new Error('Failed query', { cause }), { code: 'ECONNREFUSED', parameters: [parameter] })
  }
  const auth = createDualAuth({
    verifiers: [
      betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions: fail }),
      apiKeys({ name: 'api-key', prefix: 'sk_live_', keys: { findByHash: fail } }),
    ],
    link: () => null,
    onEvent: (event) => void events.push(event),
  }) as unknown as DualAuth
  const cookie = `better-auth.session_token=${signedCookie(token)}`
  for (const sent of [request({ cookie }), apiKey(key)]) {
    const result = await auth.authenticate(sent)
    if (result.ok) throw new Error('was accepted')
    expect(result.error.code).toBe('verifier_unavailable')
    const text = spelled(events, result.error.cause)
    for (const secret of [token, key, hash]) expect(text).not.toContain(secret)
    expect(text).toContain('ECONNREFUSED')
  }
})

describe('a credential is not told, whatever quotes it', () => {
  const token = sessionToken('quoted')
  const beside = (members: object) => Object.assign(new Error('query failed'), { code: 'EFAIL' }, members)
  const request: Record<string, unknown> = { path: '/' }
  request['self'] = request
  it.each<[string, object]>([
    ['a client beside its own cyclic request', beside({ request, config: { headers: { authorization: token } } })],
    ['the errors of an aggregate', beside({ errors: [new Error(`no session ${token}`)] })],
    ['an error in a member', beside({ driverError: new Error(`no session ${token}`) })],
    ['parameters beside a bigint', beside({ parameters: [token, 1n] })],
    ['a map', beside({ bindings: new Map([['token', token]]) })],
    ['a name in a set', beside({ bindings: new Set([{ [token]: 1 }]) })],
    ['bytes', beside({ bindings: Buffer.from(token) })],
    ['a member that nobody enumerates', Object.defineProperty(beside({}), 'hidden', { value: token })],
    ['the headers of a fetch', beside({ headers: new Headers({ cookie: token }) })],
    ['an address', beside({ url: new URL(`https://sessions.example.com/${token}`) })],
    ['a list too long to be read', beside({ rows: [token, ...Array.from({ length: 5_000 }, String)] })],
  ])('%s', async (_, cause) => {
    const { events, error } = await failWith(cause, token)
    expect(inspect([events, error.cause], { depth: 10, showHidden: true })).not.toContain(token)
    expect(String(error.cause)).toContain('EFAIL')
  })
})

it.each<[string, () => object]>([
  ['whose getter throws', () => Object.defineProperty({}, 'name', { get: () => void fail('odd') })],
  [
    'that is cyclic and has no prototype',
    () => {
      const odd = Object.create(null) as Record<string, unknown>
      odd['self'] = odd
      return odd
    },
  ],
  ['that is a proxy which refuses', () => new Proxy({}, { ownKeys: () => fail('odd'), get: () => fail('odd') })],
])('answers 503 for a cause %s', async (_, make) => {
  const { error } = await failWith(make(), sessionToken('odd'))
  expect(error).toMatchObject({ code: 'verifier_unavailable', status: 503 })
})

it('keeps a cause that quotes nothing, behind what was asked', async () => {
  const cause = new Error('the database is down')
  const sessions = () => Promise.reject(cause)
  const auth = createDualAuth({ verifiers: [betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions })] })
  const cookie = `better-auth.session_token=${signedCookie(sessionToken('x'))}`
  const result = await auth.authenticate(request({ cookie }))
  expect(result.ok ? null : result.error.cause).toMatchObject({ message: 'betterAuth(ba).sessions', cause })
})

it.each([true, 1, 1n, '1', 't', 'TRUE', 'yes', 2, new Uint8Array([1])])('takes %s for a ban', (value) => {
  expect(isSet(value)).toBe(true)
})
it.each([false, 0, 0n, '0', 'f', 'FALSE', null, undefined, '', new Uint8Array([0])])('takes %s for no ban', (value) => {
  expect(isSet(value)).toBe(false)
})
