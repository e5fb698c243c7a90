import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLegacyIssuer } from '@dualauth/testing'
import {
  createDualAuth,
  legacyJwt,
  type Account,
  type AuthEvent,
  type AuthRequest,
  type DualAuth,
  type PolicyDocument,
  type RevocationFeed,
} from '../../src/index.js'
import { createFeed } from '../support/feed.js'
import { createOidcWorld, NAME, valueOf, type OidcWorld } from '../support/oidc-sessions.js'
import { outcome } from '../support/outcome.js'
import { cookies, request } from '../support/requests.js'

const OVER = '401 credential_revoked'

interface OldSide {
  readonly auth: DualAuth
  readonly events: AuthEvent[]
  publish(policy: Partial<PolicyDocument>): void
}

const issuer = createLegacyIssuer()
const old = (token: string): AuthRequest => cookies(['old', token])

function createOldSide(
  options: { feed?: RevocationFeed; isRevoked?: () => boolean; link?: () => Account | null; secrets?: string[] } = {},
): OldSide {
  const events: AuthEvent[] = []
  let document: PolicyDocument = { version: 1, stage: 'dual' }
  let changed = (): void => {}
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: options.secrets ?? [issuer.secret],
        purpose: 'only-access-tokens',
        claims: { subject: 'userId', sessionId: 'session' },
        carriers: [{ cookie: 'old' }],
        ...(options.isRevoked !== undefined && { isRevoked: options.isRevoked }),
      }),
      legacyJwt({
        name: 'new',
        algorithms: ['HS256'],
        secrets: [createLegacyIssuer().secret],
        purpose: 'only-access-tokens',
        claims: { subject: 'userId' },
        carriers: [{ cookie: 'new' }],
      }),
    ],
    link: options.link ?? (({ subject }: { subject: string }) => ({ id: subject })),
    migration: {
      from: ['legacy'],
      to: ['new'],
      policy: {
        load: () => ({ document }),
        watch(listener) {
          changed = listener
          return () => {}
        },
      },
    },
    ...(options.feed !== undefined && { revocations: options.feed }),
    onEvent: (event) => void events.push(event),
  })
  return {
    auth,
    events,
    publish(policy) {
      document = { ...document, ...policy, version: document.version + 1 }
      changed()
    },
  }
}

describe('signing out with a token of the old side that is of no session', () => {
  it('ends the very token, also a copy of it and at other instances, and no other one of that person', async () => {
    const feed = createFeed()
    const [here, there] = [createOldSide({ feed }), createOldSide({ feed })]
    const [token, other] = [issuer.sign({ userId: 'ada' }), issuer.sign({ userId: 'ada', device: 'phone' })]
    expect(await outcome(here.auth, old(token))).toBe('200 ada by legacy')
    expect(await here.auth.signOut(old(token))).toEqual([{ verifier: 'legacy', sessionId: null }])
    for (const { auth } of [here, there]) {
      expect(await outcome(auth, old(token))).toBe(OVER)
      expect(await outcome(auth, old(other))).toBe('200 ada by legacy')
    }
  })

  it('ends its session where the token names one, with every token of it', async () => {
    const { auth } = createOldSide()
    const [token, refreshed] = [1, 2].map((turn) => issuer.sign({ userId: 'ada', session: 's1', turn }))
    expect(await auth.signOut(old(token as string))).toEqual([{ verifier: 'legacy', sessionId: 's1' }])
    expect(await outcome(auth, old(refreshed as string))).toBe(OVER)
  })

  it.each([
    ['the policy refuses it now', {}, { stage: 'new-only' as const }, '401 legacy_retired'],
    [
      'its account is closed for the moment',
      { link: () => ({ id: 'ada', active: isOpen }) },
      {},
      '403 account_deactivated',
    ],
  ])('ends it although %s', async (_name, options, policy, refusal) => {
    isOpen = false
    const { auth, publish } = createOldSide(options)
    const token = issuer.sign({ userId: 'ada' })
    publish(policy)
    await auth.ready()
    await expect.poll(() => outcome(auth, old(token))).toBe(refusal)
    await auth.signOut(old(token))
    isOpen = true
    publish({ stage: 'dual' })
    await expect.poll(() => outcome(auth, old(token))).toBe(OVER)
  })
  let isOpen = true

  it('finds it among values that a sibling subdomain tossed', async () => {
    const { auth, events } = createOldSide()
    const token = issuer.sign({ userId: 'ada' })
    const tossed = Array.from({ length: 9 }, (_, at) => ['old', `junk${at}`] as const)
    expect(await outcome(auth, cookies(...tossed, ['old', token]))).toBe('400 credential_malformed')
    await auth.signOut(cookies(...tossed, ['old', token]))
    expect(await outcome(auth, old(token))).toBe(OVER)
    expect(events.filter(({ type }) => type === 'revoked')).toHaveLength(1)
  })

  it('keeps nothing of what is not genuine, is over, or is in a header', async () => {
    const { auth, events } = createOldSide()
    const forged = createLegacyIssuer().sign({ userId: 'ada' })
    const expired = issuer.sign({ userId: 'ada', exp: 1_000_000_000 })
    for (const cookie of [forged, expired, 'junk', 'a.b.c']) expect(await auth.signOut(old(cookie))).toEqual([])
    expect(await auth.signOut(request({ authorization: `Bearer ${issuer.sign({ userId: 'ada' })}` }))).toEqual([])
    expect(await auth.signOut(request())).toEqual([])
    expect(events.filter(({ type }) => type === 'revoked')).toEqual([])
  })

  describe('while its verifier cannot judge', () => {
    let isAway = true
    const isRevoked = (): boolean => {
      if (isAway) throw new Error('the list of the application is away')
      return false
    }

    it('ends it here, also when the outage is over, and publishes nothing that anybody may have made up', async () => {
      isAway = true
      const feed = createFeed()
      const [here, there] = [createOldSide({ feed, isRevoked }), createOldSide({ feed, isRevoked })]
      const token = issuer.sign({ userId: 'ada' })
      expect(await outcome(here.auth, old(token))).toBe('503 verifier_unavailable')
      expect(await here.auth.signOut(old(token))).toEqual([{ verifier: 'legacy', sessionId: null }])
      isAway = false
      expect(await outcome(here.auth, old(token))).toBe(OVER)
      for (const { events } of [here, there]) expect(events.filter(({ type }) => type === 'revoked')).toEqual([])
    })
  })

  it('says that other instances were not told, and has ended it here', async () => {
    const down = new Error('the feed is down')
    const { auth } = createOldSide({ feed: { publish: () => Promise.reject(down), subscribe: () => () => {} } })
    const token = issuer.sign({ userId: 'ada' })
    await expect(auth.signOut(old(token))).rejects.toMatchObject({ code: 'store_unavailable', cause: down })
    expect(await outcome(auth, old(token))).toBe(OVER)
  })
})

describe('signing out of a session that can be refreshed', () => {
  let world: OidcWorld
  beforeEach(async () => {
    world = await createOidcWorld()
  })
  afterEach(() => world.close())

  it('asks no provider, and holds when one that was away is back: a copy is refreshed for nobody', async () => {
    const { auth, whole, begin } = world.instance()
    const sent = await begin()
    world.clock.advance(301_000)
    world.provider.token.mode = 'status-500'
    expect(await whole.signOut(sent)).toEqual([{ verifier: 'idp', sessionId: expect.any(String) as string }])
    expect(world.provider.token.calls).toBe(0)
    world.provider.token.mode = 'ok'
    // Past what is kept of a refresh.
    world.clock.advance(3_600_000)
    expect(await outcome(auth, sent)).toBe(OVER)
  })

  it('beats a refresh that is under way, here and at other instances, whatever comes of it', async () => {
    const late = gate()
    const feed = createFeed()
    const asking = { fetch: late.fetch }
    const [here, there] = [0, 1].map(() =>
      world.instance({ oidc: { keySetOptions: asking }, instance: { revocations: feed } }),
    ) as [ReturnType<OidcWorld['instance']>, ReturnType<OidcWorld['instance']>]
    const sent = await here.begin()
    world.clock.advance(301_000)
    late.close()
    const racing = here.auth.authenticate(sent)
    await late.asked
    await here.whole.signOut(sent)
    late.open()
    const result = await racing
    expect(result.ok ? 200 : result.error.code).toBe('credential_revoked')
    expect(result.cookies.filter(({ isEnded }) => isEnded?.() !== true)).toEqual([])
    expect(world.provider.token.calls).toBe(1)
    for (const { auth } of [here, there]) expect(await outcome(auth, sent)).toBe(OVER)
  })

  it('beats a refresh that another instance has under way, by the store that they share', async () => {
    const late = gate()
    const values = new Map<string, string>()
    const store = {
      add: async (key: string, value: string) => !values.has(key) && (values.set(key, value), true),
      get: async (key: string) => values.get(key) ?? null,
      set: async (key: string, value: string) => void values.set(key, value),
      delete: async (key: string) => void values.delete(key),
    }
    const [one, other] = [0, 1].map(() =>
      world.instance({ oidc: { keySetOptions: { fetch: late.fetch } }, refresh: { store } }),
    ) as [ReturnType<OidcWorld['instance']>, ReturnType<OidcWorld['instance']>]
    const sent = await one.begin()
    world.clock.advance(301_000)
    late.close()
    const racing = one.auth.authenticate(sent)
    await late.asked
    await other.whole.signOut(sent)
    late.open()
    const result = await racing
    expect([result.ok ? 200 : result.error.code, result.cookies]).toEqual(['credential_revoked', []])
    expect(await outcome(one.auth, sent)).toBe(OVER)
  })

  it('ends what the refresh gave as well, where the browser had it already', async () => {
    const { auth, whole, begin } = world.instance()
    const sent = await begin()
    world.clock.advance(301_000)
    const refreshed = await auth.authenticate(sent)
    const next = cookies([NAME, (refreshed.cookies[0]?.field ?? '').slice(NAME.length + 1).split(';')[0] as string])
    expect(await outcome(auth, next)).toBe('200 user-7 by idp')
    await whole.signOut(sent)
    expect(await outcome(auth, next)).toBe(OVER)
  })

  it('finds a session in chunks, some of which were tossed, and one beside a whole that hides it', async () => {
    const { whole, auth, begin } = world.instance()
    const sealed = valueOf(await begin())
    const [first, second] = [sealed.slice(0, 300), sealed.slice(300)]
    const chunks = [[`${NAME}.0`, first] as const, [`${NAME}.1`, second] as const]
    await whole.signOut(cookies([`${NAME}.0`, 'junk'], [NAME, 'junk'], ...chunks))
    expect(await outcome(auth, cookies(...chunks))).toBe(OVER)
  })
})

/** Asks the provider, and holds what is asked of its token endpoint while it is closed. */
function gate() {
  let isOpen = true
  let open = (): void => {}
  let begun = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  const asked = new Promise<void>((resolve) => (begun = resolve))
  return {
    asked,
    close: () => void (isOpen = false),
    open: () => open(),
    fetch: async (input: Parameters<typeof fetch>[0], init?: RequestInit) => {
      if (init?.method === 'POST' && !isOpen) {
        begun()
        await opened
      }
      return fetch(input, init)
    },
  }
}
