import { describe, expect, it } from 'vitest'
import {
  apiKeys,
  createApiKey,
  createDualAuth,
  legacyJwt,
  memoryApiKeys,
  type AuthEvent,
  type DualAuthOptions,
  type Revocation,
  type RevocationFeed,
} from '../../src/index.js'
import { createClock, seconds } from '../support/clock.js'
import { outcome } from '../support/outcome.js'
import { apiKey, bearer } from '../support/requests.js'
import { mint, SECRET } from '../support/tokens.js'

const clock = createClock()
const claims = (more: object = {}) => ({ sub: 'ada', sid: 's1', iat: seconds(-10), exp: seconds(600), ...more })
const OK = '200 app-ada by legacy'
const REVOKED = '401 credential_revoked'

function open(more: Partial<DualAuthOptions> = {}) {
  return createDualAuth({
    verifiers: [legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [SECRET], purpose: 'only-access-tokens' })],
    link: ({ subject }) => ({ id: `app-${subject}` }),
    remember: { linkMaxAgeMs: 60_000 },
    now: clock.now,
    ...more,
  } as DualAuthOptions)
}

describe('auth.revoke', () => {
  const token = mint({ claims: claims() })
  const never = mint({ claims: claims({ jti: 'never seen before' }) })
  const bob = mint({ claims: claims({ sub: 'bob', sid: 's2' }) })

  it.each([
    ['a principal', { principal: 'app-ada' }],
    ['a session', { session: 's1', verifier: 'legacy' }],
  ] as const)('ends %s at once, what is remembered and what was never seen', async (_what, input) => {
    const auth = open()
    expect(await outcome(auth, bearer(token))).toBe(OK)
    await auth.revoke(input)
    expect(await outcome(auth, bearer(token))).toBe(REVOKED)
    expect(await outcome(auth, bearer(never))).toBe(REVOKED)
    expect(await outcome(auth, bearer(bob))).toBe('200 app-bob by legacy')
  })

  it('ends what was refreshed from something that it covers, because a refresh is no new sign-in', async () => {
    const auth = open()
    await auth.revoke({ principal: 'app-ada', issuedBefore: clock.now() - 5_000 })
    const refreshed = bearer(mint({ claims: claims({ iat: seconds(-1) }) }))
    const judged = async (options: object) => {
      const result = await auth.authenticate(refreshed, options)
      return result.ok ? result.principal.id : result.error.code
    }
    expect(await judged({})).toBe('app-ada')
    expect(await judged({ heldSince: seconds(-100) })).toBe('credential_revoked')
    expect(await judged({ heldSince: seconds(-2) })).toBe('app-ada')
    // Nothing makes a credential newer than it is.
    expect(await judged({ heldSince: seconds(600) })).toBe('app-ada')
  })

  it('ends one credential and no other', async () => {
    const auth = open()
    expect(await outcome(auth, bearer(token))).toBe(OK)
    await auth.revoke({ credential: token })
    expect(await outcome(auth, bearer(token))).toBe(REVOKED)
    expect(await outcome(auth, bearer(never))).toBe(OK)
  })

  it.each([
    ['with its scheme', (text: string) => `Bearer ${text}`],
    ['in lower case', (text: string) => `bearer ${text}`],
    ['with a line break', (text: string) => ` ${text}\n`],
    ['with the name of its cookie', (text: string) => `session=${text}`],
  ])('ends a credential as it was copied, %s', async (_how, copied) => {
    const auth = open({
      verifiers: [
        legacyJwt({
          name: 'legacy',
          algorithms: ['HS256'],
          secrets: [SECRET],
          purpose: 'only-access-tokens',
          carriers: ['bearer', { cookie: 'session' }],
        }),
      ],
    })
    await auth.revoke({ credential: copied(token) })
    expect(await outcome(auth, bearer(token))).toBe(REVOKED)
  })

  it.each(['junk', 'Bearer', 'other=value', `${mint()}x.y`])(
    'refuses %j, which nobody here takes',
    async (credential) => {
      await expect(open().revoke({ credential })).rejects.toMatchObject({
        code: 'configuration_invalid',
        message: expect.stringMatching(/^revoke\.credential: /) as string,
      })
    },
  )

  it('ends everything of a verifier', async () => {
    const auth = open()
    await auth.revoke({ verifier: 'legacy' })
    for (const one of [token, never, bob]) expect(await outcome(auth, bearer(one))).toBe(REVOKED)
  })

  it('spares what is issued after it, and what is said to be issued later', async () => {
    const auth = open()
    await auth.revoke({ principal: 'app-ada', issuedBefore: clock.now() - 10_000 })
    expect(await outcome(auth, bearer(token))).toBe(OK)
    await auth.revoke({ principal: 'app-ada', issuedBefore: clock.now() - 9_999 })
    expect(await outcome(auth, bearer(token))).toBe(REVOKED)
    expect(await outcome(auth, bearer(mint({ claims: claims({ iat: seconds(-5) }) })))).toBe(OK)
    expect(await outcome(auth, bearer(mint({ claims: claims({ iat: undefined }) })))).toBe(REVOKED)
  })

  it.each([
    ['a principal', { principal: 'app-ada' }],
    ['a verifier', { verifier: 'legacy' }],
  ] as const)('of %s ends what its issuer dated ahead, up to the clock tolerance', async (_what, input) => {
    const ahead = (iat: number) => mint({ claims: claims({ iat: seconds(iat), jti: `${iat}` }) })
    const auth = open()
    expect(await outcome(auth, bearer(ahead(3)))).toBe(OK)
    await auth.revoke(input)
    for (const iat of [1, 3, 4]) expect(await outcome(auth, bearer(ahead(iat)))).toBe(REVOKED)
    // What says that it was issued later than any such clock could say is new.
    expect(await outcome(auth, bearer(ahead(5)))).toBe(OK)
  })

  it('with a moment of the app is exact, so that somebody can sign in again at once', async () => {
    const auth = open()
    await auth.revoke({ principal: 'app-ada', issuedBefore: clock.now() })
    expect(await outcome(auth, bearer(mint({ claims: claims({ iat: seconds(-1) }) })))).toBe(REVOKED)
    expect(await outcome(auth, bearer(mint({ claims: claims({ iat: seconds(0) }) })))).toBe(OK)
  })

  it('with a tolerance of its own ends what is dated ahead by that', async () => {
    const auth = open({
      verifiers: [
        legacyJwt({
          name: 'legacy',
          algorithms: ['HS256'],
          secrets: [SECRET],
          purpose: 'only-access-tokens',
          clockToleranceSeconds: 60,
        }),
      ],
    })
    await auth.revoke({ principal: 'app-ada' })
    expect(await outcome(auth, bearer(mint({ claims: claims({ iat: seconds(59) }) })))).toBe(REVOKED)
    expect(await outcome(auth, bearer(mint({ claims: claims({ iat: seconds(60) }) })))).toBe(OK)
  })

  it('spares an API key that is made after it, and no older one', async () => {
    const keys = memoryApiKeys()
    const make = async (createdAt: number) => {
      const owner = { kind: 'user', id: 'ada' } as const
      const { key, record } = await createApiKey({ prefix: 'sk_test_', owner, scopes: ['*'] })
      keys.add({ ...record, createdAt })
      return key
    }
    const [before, after] = [await make(clock.now() - 5_000), await make(clock.now() + 5_000)]
    const auth = open({ verifiers: [apiKeys({ name: 'keys', prefix: 'sk_test_', keys })] } as never)
    await auth.revoke({ principal: 'app-ada' })
    expect(await outcome(auth, apiKey(before))).toBe(REVOKED)
    expect(await outcome(auth, apiKey(after))).toBe('200 app-ada by keys')
  })

  it('never takes an earlier revocation back', async () => {
    const auth = open()
    await auth.revoke({ principal: 'app-ada' })
    await auth.revoke({ principal: 'app-ada', issuedBefore: clock.now() - 3_600_000 })
    expect(await outcome(auth, bearer(token))).toBe(REVOKED)
  })

  it.each<[string, unknown]>([
    ['revoke: needs a principal, a session, an apiKey, a credential or a verifier', {}],
    ['revoke: needs a principal, a session, an apiKey, a credential or a verifier', { token: 'x' }],
    ['revoke: needs a principal, a session, an apiKey, a credential or a verifier', 'app-ada'],
    ['revoke: needs a principal, a session, an apiKey, a credential or a verifier', null],
    ['revoke.verifier: is required: a non-empty string', { session: 's1' }],
    ['revoke.session: is required: a non-empty string', { session: undefined, verifier: 'legacy' }],
    ['revoke.session: must be a non-empty string', { session: null, verifier: 'legacy' }],
    ['revoke.principal: must be a non-empty string', { principal: 5 }],
    ['revoke.principal: must be a non-empty string', { principal: '' }],
    ['revoke.credential: must be a non-empty string', { credential: '' }],
    ['revoke.verifier: is not the name of a verifier; there are legacy', { verifier: 'nope' }],
    ['revoke.verifier: is not the name of a verifier; there are legacy', { session: 's1', verifier: 'nope' }],
    ['revoke.session: unknown option; it takes principal, issuedBefore', { principal: 'a', session: 'b' }],
    ['revoke.issuedBefore: must be milliseconds since the epoch', { verifier: 'legacy', issuedBefore: seconds(0) }],
    ['revoke.issuedBefore: must be milliseconds since the epoch', { principal: 'a', issuedBefore: Number.NaN }],
    ['revoke.issuedBefore: must be milliseconds since the epoch', { principal: 'a', issuedBefore: Infinity }],
  ])('refuses what would end nothing, or more than is meant: %s', async (message, input) => {
    const auth = open()
    await expect(auth.revoke(input as never)).rejects.toMatchObject({ code: 'configuration_invalid', message })
    expect(await outcome(auth, bearer(token))).toBe(OK)
  })
})

describe('a feed of revocations', () => {
  function createFeed(): RevocationFeed & { readonly published: Revocation[]; readonly listeners: Set<unknown> } {
    const listeners = new Set<(revocation: unknown) => void>()
    const published: Revocation[] = []
    return {
      published,
      listeners,
      publish(revocation) {
        published.push(revocation)
        for (const listener of listeners) listener(JSON.parse(JSON.stringify(revocation)) as Revocation)
      },
      subscribe(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    }
  }

  it('carries them to every other instance, without the credential', async () => {
    const feed = createFeed()
    const [one, two] = [open({ revocations: feed }), open({ revocations: feed })]
    const token = mint({ claims: claims() })
    expect(await outcome(two, bearer(token))).toBe(OK)
    await one.revoke({ credential: token })
    expect(await outcome(two, bearer(token))).toBe(REVOKED)
    expect(JSON.stringify(feed.published)).not.toContain(token.split('.')[2])
    await two.close()
    expect(feed.listeners.size).toBe(1)
  })

  it.each([
    null,
    {},
    { kind: 'principal', id: 'app-ada' },
    { kind: 'principal', id: 'app-ada', issuedBefore: Number.NaN },
  ])('that says %j voids nothing', async (wrong) => {
    const feed = createFeed()
    const events: AuthEvent[] = []
    const auth = open({ revocations: feed, onEvent: (event) => void events.push(event) })
    await auth.revoke({ principal: 'app-ada' })
    for (const listener of feed.listeners) (listener as (revocation: unknown) => void)(wrong)
    expect(events.filter(({ type }) => type === 'unavailable')).toEqual([
      expect.objectContaining({ source: 'revocations' }),
    ])
    expect(await outcome(auth, bearer(mint({ claims: claims() })))).toBe(REVOKED)
  })

  it('that cannot be subscribed is told by an event and by ready(), which tries again', async () => {
    const events: AuthEvent[] = []
    let listener = (_revocation: unknown): void => {}
    let isUp = false
    const subscribe: RevocationFeed['subscribe'] = (apply) => {
      if (!isUp) throw new Error('no route to the feed')
      listener = apply
      return () => {}
    }
    const auth = open({ revocations: { publish: () => {}, subscribe }, onEvent: (event) => void events.push(event) })
    await Promise.resolve()
    expect(events.filter(({ type }) => type === 'unavailable')).toEqual([
      expect.objectContaining({ source: 'revocations' }),
    ])
    await expect(auth.ready()).rejects.toMatchObject({
      code: 'verifier_unavailable',
      message: 'revocations: no route to the feed',
    })
    isUp = true
    await auth.ready()
    listener({ kind: 'principal', id: 'app-ada', issuedBefore: clock.now() + 1_000 })
    expect(await outcome(auth, bearer(mint({ claims: claims() })))).toBe(REVOKED)
  })

  it('that is down fails the call, but the revocation holds here', async () => {
    const publish = () => Promise.reject(new Error('down'))
    const auth = open({ revocations: { publish, subscribe: () => () => {} } })
    await expect(auth.revoke({ principal: 'app-ada' })).rejects.toMatchObject({
      code: 'store_unavailable',
      cause: { message: 'down' },
    })
    expect(await outcome(auth, bearer(mint({ claims: claims() })))).toBe(REVOKED)
  })
})
