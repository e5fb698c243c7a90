import { afterEach, describe, expect, it, vi } from 'vitest'
import { betterAuth, createDualAuth, type DualAuth, type DualAuthOptions, type Verifier } from '../../src/index.js'
import type { SetCookie } from '../../src/http/set-cookie.js'
import { outcome } from '../support/outcome.js'
import { bearer, request } from '../support/requests.js'
import { found, SESSION_SECRET, sessionToken, signedCookie } from '../support/sessions.js'
import { identity, verifierOf } from '../support/verifiers.js'

afterEach(() => vi.useRealTimers())

type Verify = ReturnType<Verifier['open']>['verify']

function authWith(verify: Verify, more: Partial<Verifier> = {}, options: Partial<DualAuthOptions> = {}): DualAuth {
  const verifier = verifierOf(verify, more)
  const cookie = { kind: 'cookie', carriage: { bearer: false, headers: [], cookies: ['s'] } } as const
  const shapes = more.shapes ?? [...verifier.shapes, cookie]
  return createDualAuth({ verifiers: [{ ...verifier, shapes }], ...options }) as unknown as DualAuth
}

describe('callers that bring one credential at the same time', () => {
  it('are counted one by one where judging counts', async () => {
    let left = 1
    const verify: Verify = async () =>
      left-- > 0
        ? { outcome: 'accepted', identity: identity('u') }
        : { outcome: 'rejected', code: 'rate_limited', reason: 'rate_limited' }
    const auth = authWith(verify, { counts: true })
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(auth, bearer('k_1'))))
    expect(outcomes.filter((one) => one.startsWith('200'))).toHaveLength(1)
  })

  it('do not wait for ever for one that died', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let looks = 0
    const verify: Verify = () =>
      looks++ === 0 ? new Promise(() => {}) : Promise.resolve({ outcome: 'accepted', identity: identity('u') })
    const auth = authWith(verify)
    void auth.authenticate(bearer('k_1'))
    // Where the platform hashes the credential, the second one might be first.
    while (looks === 0) await new Promise((resolve) => setImmediate(resolve))
    let isAnswered = false
    const second = outcome(auth, bearer('k_1')).finally(() => (isAnswered = true))
    // Hashing the credential takes real time where the platform does it, and nobody knows how much.
    while (!isAnswered) {
      await new Promise((resolve) => setImmediate(resolve))
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(await second).toBe('200 u by v')
    expect(await outcome(auth, bearer('k_1'))).toBe('200 u by v')
  })
})

describe('a fresh look', () => {
  const token = sessionToken('abc')
  const open = (sessions: Parameters<typeof betterAuth>[0]['sessions']) =>
    createDualAuth({
      verifiers: [betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions, rememberMs: 60_000 })],
      trustedOrigins: [],
    }) as unknown as DualAuth
  const sent = request({ cookie: `better-auth.session_token=${signedCookie(token)}` })
  const future = { session: { expiresAt: new Date(Date.now() + 3_600_000) } }

  it('that was refused is not forgotten by the next request', async () => {
    let exists = true
    const auth = open(() => (exists ? found('u1', future) : null))
    expect(await outcome(auth, sent)).toBe('200 u1 by ba')
    exists = false
    expect(await outcome(auth, sent)).toBe('200 u1 by ba')
    const fresh = await auth.authenticate(sent, { fresh: true })
    expect(fresh.ok).toBe(false)
    expect(await outcome(auth, sent)).toBe('401 credential_revoked')
  })

  it('is not undone by a look that began before', async () => {
    let answer: (value: ReturnType<typeof found>) => void = () => {}
    let looks = 0
    const auth = open(() => (looks++ === 0 ? new Promise((resolve) => (answer = resolve)) : null))
    const slow = outcome(auth, sent)
    await vi.waitFor(() => expect(looks).toBe(1))
    expect((await auth.authenticate(sent, { fresh: true })).ok).toBe(false)
    answer(found('u1', future))
    expect(await slow).toBe('200 u1 by ba')
    expect(await outcome(auth, sent)).toBe('401 credential_revoked')
  })
})

describe('cookies of a refresh', () => {
  const ended: string[] = []
  const refreshed = (subject: string): SetCookie => ({
    name: 's',
    field: `s=${subject}-new`,
    endSession: () => void ended.push(subject),
  })
  const verify: Verify = ({ value }) => ({
    outcome: 'accepted',
    identity: identity(value, { issuedAt: 1 }),
    cookies: [refreshed(value)],
  })
  const written = async (auth: DualAuth, cookie: string) =>
    (await auth.authenticate(request({ cookie }), { refresh: true })).cookies.map(({ field }) => field)

  it('are written for the one value of a name, whatever is decided', async () => {
    const auth = authWith(verify, {}, { link: () => null })
    expect(await written(auth, 's=ada')).toEqual(['s=ada-new'])
  })

  it('are not written for a value that somebody tossed beside it', async () => {
    const known = authWith(verify, {}, { link: ({ subject }) => (subject === 'evil' ? null : { id: subject }) })
    expect(await written(known, 's=ada; s=evil')).toEqual(['s=ada-new'])
    expect(await written(authWith(verify), 's=ada; s=evil')).toEqual([])
  })

  it('are not written, and their session is ended, when the principal was revoked', async () => {
    const auth = authWith(verify)
    await auth.revoke({ principal: 'ada' })
    ended.length = 0
    expect(await written(auth, 's=ada')).toEqual([])
    expect(ended).toEqual(['ada'])
  })
})

it('a verifier sees the cookies that it asked for beside its own, and no other', async () => {
  let seen: string[] = []
  const shapes: Verifier['shapes'] = [
    { kind: 'cookie', carriage: { bearer: false, headers: [], cookies: ['s'] }, companions: ['data'] },
  ]
  const other = verifierOf(() => ({ outcome: 'rejected', code: 'credential_expired', reason: 'expired' }), {
    name: 'other',
    shapes: [{ kind: 'cookie', carriage: { bearer: false, headers: [], cookies: ['other'] } }],
  })
  const look: Verify = ({ companions }) => {
    seen = [...(companions?.keys() ?? [])]
    return { outcome: 'accepted', identity: identity('u') }
  }
  const mine = verifierOf(look, { name: 'mine', shapes })
  const auth = createDualAuth({ verifiers: [other, mine], link: () => ({ id: 'u' }) }) as unknown as DualAuth
  await auth.authenticate(request({ cookie: 's=1; data.0=a; data.1=b; other=secret; stranger=x' }))
  expect(seen).toEqual(['data.0', 'data.1'])
})
