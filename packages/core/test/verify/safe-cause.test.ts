import { expect, it } from 'vitest'
import {
  apiKeys,
  betterAuth,
  createApiKey,
  createDualAuth,
  hashApiKey,
  type AuthEvent,
  type DualAuth,
} from '../../src/index.js'
import { isSet } from '../../src/verify/better-auth/column-values.js'
import { apiKey, request } from '../support/requests.js'
import { SESSION_SECRET, sessionToken, signedCookie } from '../support/sessions.js'

const spelled = (events: readonly AuthEvent[], error: unknown) =>
  [
    ...events.map((event) => ('cause' in event ? String((event.cause as Error).stack) : '')),
    String((error as Error).stack),
  ].join('\n')

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

it('keeps a cause that quotes nothing', async () => {
  const cause = new Error('the database is down')
  const sessions = () => Promise.reject(cause)
  const auth = createDualAuth({ verifiers: [betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions })] })
  const cookie = `better-auth.session_token=${signedCookie(sessionToken('x'))}`
  const result = await auth.authenticate(request({ cookie }))
  expect(result.ok ? null : result.error.cause).toBe(cause)
})

it.each([true, 1, 1n, '1', 't', 'TRUE', 'yes', 2, new Uint8Array([1])])('takes %s for a ban', (value) => {
  expect(isSet(value)).toBe(true)
})
it.each([false, 0, 0n, '0', 'f', 'FALSE', null, undefined, '', new Uint8Array([0])])('takes %s for no ban', (value) => {
  expect(isSet(value)).toBe(false)
})
