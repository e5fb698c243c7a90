import { describe, expect, it } from 'vitest'
import {
  betterAuth,
  createDualAuth,
  legacyJwt,
  remote,
  serveRemote,
  type AuthEvent,
  type DualAuthOptions,
  type FormatContext,
} from '../../src/index.js'
import { createClock, seconds } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { outcome } from '../support/outcome.js'
import { bearer, cookies, request } from '../support/requests.js'
import { found, SESSION_SECRET, sessionToken, signedCookie } from '../support/sessions.js'
import { legacyClaims, mint } from '../support/tokens.js'

const TAKEN = { refuse: 'account_conflict', reason: 'email_taken' } as const
const token = mint({ claims: legacyClaims({ exp: seconds(60) }) })
const sent = bearer(token)

function refusing(answer: unknown, options: Partial<DualAuthOptions> = {}) {
  const events: AuthEvent[] = []
  const { now } = createClock()
  const auth = createDualAuth({
    verifiers: [
      legacyJwt(legacyOptions({ carriers: ['bearer', { cookie: 'legacy' }] })),
      betterAuth({ name: 'better-auth', secrets: [SESSION_SECRET], sessions: async () => null }),
    ],
    link: (() => answer) as never,
    now,
    onEvent: (event: AuthEvent) => void events.push(event),
    ...options,
  } as DualAuthOptions)
  return { auth, events }
}

const refusedIn = (events: readonly AuthEvent[]) => events.find((event) => event.type === 'refused')

describe('link may refuse', () => {
  it.each(['identity_unlinked', 'account_deactivated', 'account_conflict', 'account_refused'] as const)(
    'with %s, with a reason of its own or without one',
    async (refuse) => {
      expect(await outcome(refusing({ refuse }).auth, sent)).toBe(`403 ${refuse}`)
      const { auth, events } = refusing(Promise.resolve({ refuse, reason: 'a-slug_7' }))
      const result = await auth.authenticate(sent)
      expect(result).toMatchObject({
        ok: false,
        error: { code: refuse, status: 403, reason: 'a-slug_7', challenge: null },
      })
      expect(refusedIn(events)).toMatchObject({ code: refuse, reason: null, linkReason: 'a-slug_7' })
    },
  )

  it('and says nothing more where it gives no reason', async () => {
    const { auth, events } = refusing({ refuse: 'account_refused' })
    const result = await auth.authenticate(sent)
    expect(result.ok || result.error.reason).toBeNull()
    expect(refusedIn(events)).not.toHaveProperty('linkReason')
    expect(result.ok || JSON.parse(auth.respond(result.error).body)).not.toHaveProperty('reason')
  })

  it('and the reason stands in the problem document and in what formatError sees', async () => {
    const seen: FormatContext[] = []
    const formatError = (_: unknown, context: FormatContext) => void seen.push(context)
    const { auth } = refusing(TAKEN, { formatError })
    const result = await auth.authenticate(sent)
    if (result.ok) throw new Error('was let in')
    expect(JSON.parse(auth.respond(result.error, 'the request').body)).toEqual({
      type: 'urn:dualauth:error:account_conflict',
      title: expect.any(String),
      status: 403,
      code: 'account_conflict',
      reason: 'email_taken',
    })
    const identity = { verifier: 'legacy', issuer: 'legacy', subject: 'legacy-7' }
    expect(seen).toEqual([{ request: 'the request', identity, reason: 'email_taken' }])
  })

  it('and its cause is for operators: in the event, in diagnose and in the error, and never sent', async () => {
    const cause = new Error('users.locale has no value')
    const { auth, events } = refusing({ ...TAKEN, cause })
    const result = await auth.authenticate(sent)
    if (result.ok) throw new Error('was let in')
    expect(refusedIn(events)).toMatchObject({ code: 'account_conflict', cause })
    expect(events.some((event) => event.type === 'unavailable')).toBe(false)
    expect(result.error.cause).toBe(cause)
    const passed = await serveRemote(auth)({
      version: 3,
      operation: 'judge',
      carrier: 'bearer',
      name: 'authorization',
      value: token,
      companions: [],
      fresh: false,
      refresh: false,
    })
    expect(passed).toMatchObject({ outcome: 'rejected', linkReason: 'email_taken' })
    expect(JSON.stringify([auth.respond(result.error), result.error, passed])).not.toContain('locale')
    expect((await auth.diagnose(token)).steps.at(-1)?.findings.join('; ')).toContain('users.locale')
  })

  it.each([
    ['identity_unlinked', true],
    ['account_conflict', true],
    ['account_deactivated', false],
    ['account_refused', false],
  ])('and %s names whom the verifier vouched for: %s', async (refuse, named) => {
    const result = await refusing({ refuse }).auth.authenticate(sent)
    expect(result.ok || result.error.identity !== null).toBe(named)
  })

  it.each<[string, unknown]>([
    ['a code of another step', { refuse: 'permission_denied' }],
    ['no code', { refuse: null }],
    ['false', { refuse: false }],
    ['true beside an account', { id: 'a', refuse: true }],
    ['a sentence for a reason', { ...TAKEN, reason: 'The address is taken.' }],
    ['an address for a reason', { ...TAKEN, reason: 'ada@example.com' }],
    ['an empty reason', { ...TAKEN, reason: '' }],
    ['a reason that is too long', { ...TAKEN, reason: 'a'.repeat(65) }],
    ['a number for a reason', { ...TAKEN, reason: 7 }],
    ['null for a reason', { ...TAKEN, reason: null }],
    ['a reason of two lines', { ...TAKEN, reason: 'a\nb' }],
  ])('and %s lets nobody in: 503, never a guess', async (_, answer) => {
    const { auth, events } = refusing(answer)
    expect(await outcome(auth, sent)).toBe('503 account_unavailable')
    expect(events.find((event) => event.type === 'unavailable')).toMatchObject({
      source: 'link',
      cause: expect.any(TypeError),
    })
  })

  it('also an account that it returns beside the refusal', async () => {
    expect(await outcome(refusing({ id: 'a', ...TAKEN }).auth, sent)).toBe('403 account_conflict')
  })
})

describe('a refusal of link', () => {
  it('is never remembered: the next request asks again', async () => {
    let answer: unknown = TAKEN
    const link = (() => answer) as never
    const { auth } = refusing(null, { link, remember: { linkMaxAgeMs: 60_000 } })
    expect(await outcome(auth, sent)).toBe('403 account_conflict')
    answer = { id: 'a' }
    expect(await outcome(auth, sent)).toBe('200 a by legacy')
  })

  it('closes no public page for a cookie, and says so in an event', async () => {
    const { auth, events } = refusing(TAKEN)
    const exchange = (headers: Record<string, string>) => ({
      request: request(headers),
      native: undefined,
      memo: {},
      keep() {},
    })
    const optional = { kind: 'optional', onInvalid: 'default' } as const
    expect(await auth.guard(exchange({ cookie: `legacy=${token}` }), optional)).toMatchObject({
      kind: 'pass',
      principal: null,
    })
    expect(events.find((event) => event.type === 'ignored')).toMatchObject({
      code: 'account_conflict',
      linkReason: 'email_taken',
    })
    const byHeader = await auth.guard(exchange({ authorization: `Bearer ${token}` }), optional)
    expect(byHeader).toMatchObject({ kind: 'refuse', error: { code: 'account_conflict', reason: 'email_taken' } })
  })

  it('of the newest cookie decides, as a deactivated account does', async () => {
    const session = sessionToken('abc')
    const cookie = cookies(['legacy', token], ['better-auth.session_token', signedCookie(session)])
    for (const answer of [TAKEN, { id: 'a', active: false }]) {
      const { auth } = refusing(null, {
        verifiers: [
          legacyJwt(legacyOptions({ carriers: [{ cookie: 'legacy' }] })),
          betterAuth({ name: 'better-auth', secrets: [SESSION_SECRET], sessions: async () => found('ba-7') }),
        ],
        link: (({ verifier }: { verifier: string }) => (verifier === 'legacy' ? { id: 'a' } : answer)) as never,
      })
      expect(await outcome(auth, cookie)).toBe(`403 ${'refuse' in answer ? answer.refuse : 'account_deactivated'}`)
    }
  })

  it('refuses an upgrade, and is what diagnose says', async () => {
    const { auth } = refusing(TAKEN)
    expect(await auth.authenticateUpgrade(sent)).toMatchObject({ ok: false, error: { reason: 'email_taken' } })
    const diagnosis = await auth.diagnose(token)
    expect(diagnosis).toMatchObject({
      accepted: false,
      code: 'account_conflict',
      verifier: 'legacy',
      principalId: null,
    })
    expect(diagnosis.steps.at(-1)?.findings.join('; ')).toContain('email_taken')
  })

  it.each([TAKEN, { refuse: 'account_refused', reason: undefined } as const])(
    'is the same behind remote, with its reason: $refuse',
    async (refusal) => {
      const { auth } = refusing(refusal)
      const api = createDualAuth({
        verifiers: [remote({ name: 'service', credentials: [{ jwtIssuer: null }], validate: serveRemote(auth) })],
        now: createClock().now,
      })
      const error = { code: refusal.refuse, status: 403, reason: refusal.reason ?? null }
      expect(await api.authenticate(sent)).toMatchObject({ ok: false, error })
    },
  )
})
