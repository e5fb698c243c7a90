import {
  betterAuth,
  createDualAuth,
  customPolicy,
  legacyJwt,
  memoryExchanges,
  oidc,
  type AuthEventListener,
  type DualAuth,
  type PolicyDocument,
} from '@dualauth/core'
import {
  createBetterAuthIssuer,
  createLegacyIssuer,
  startKeySetServer,
  type BetterAuthIssuer,
  type KeySetServer,
  type LegacySecretIssuer,
} from '@dualauth/testing'

const PARTNER = 'https://partner.example.com/'
const API = 'https://api.example.com'

/** One API in the middle of a move, whose policy, providers and database a test takes away and gives back. */
export interface World {
  readonly auth: DualAuth
  readonly legacy: LegacySecretIssuer
  readonly betterAuth: BetterAuthIssuer
  readonly keySet: KeySetServer
  /** What a test may break. */
  readonly state: {
    policy: PolicyDocument
    isPolicyDown: boolean
    isLinkDown: boolean
    minted: 'good' | 'down'
    slowMs: number
    /** The directory of the new side takes everybody for somebody else. */
    isMixedUp: boolean
  }
  oldToken(id: string, claims?: Readonly<Record<string, unknown>>): string
  newToken(id: string): string
  partnerToken(id: string): string
  /** Publishes the next version, and waits until it counts. */
  publish(policy: Omit<PolicyDocument, 'version'>): Promise<void>
  close(): Promise<void>
}

export interface WorldOptions {
  readonly onEvent?: AuthEventListener
  /** Of the key set of the partner. Default 10 minutes. */
  readonly keysMaxAgeMs?: number
  readonly policyPollMs?: number
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const { onEvent, keysMaxAgeMs = 600_000, policyPollMs = 60_000 } = options
  const legacy = createLegacyIssuer({ claims: { type: 'access' } }) as LegacySecretIssuer
  const newSide = createBetterAuthIssuer()
  const keySet = await startKeySetServer({ algorithm: 'ES256' })
  const state: World['state'] = {
    policy: { version: 1, stage: 'dual', settleMs: 0 },
    isPolicyDown: false,
    isLinkDown: false,
    minted: 'good',
    slowMs: 0,
    isMixedUp: false,
  }
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [legacy.secret],
        purpose: { claim: 'type', value: 'access' },
      }),
      betterAuth({
        name: 'better-auth',
        secrets: [newSide.secret],
        async sessions(...asked) {
          if (state.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, state.slowMs))
          return newSide.findSession(...asked)
        },
        bearer: 'signed-or-raw',
        rememberMs: 60_000,
      }),
      oidc({
        name: 'partner',
        issuer: PARTNER,
        audience: API,
        keySetUrl: keySet.url,
        keySetOptions: { maxAgeMs: keysMaxAgeMs },
        algorithms: ['ES256'],
      }),
    ],
    link({ subject }) {
      if (state.isLinkDown) throw new Error('down')
      return subject === 'nobody' ? null : { id: subject }
    },
    migration: {
      from: ['legacy'],
      to: 'better-auth',
      policy: customPolicy(
        () => {
          if (state.isPolicyDown) throw new Error('down')
          return state.policy
        },
        { pollMs: policyPollMs },
      ),
      shadow: {
        directory: ({ id }) => ({ id: state.isMixedUp ? `not-${id}` : id }),
        directoryEveryMs: 0,
        inDual: true,
      },
      exchange: {
        exchanges: memoryExchanges(),
        renew: true,
        minter: {
          verifier: 'better-auth',
          async mint({ principal, endsAt, now }) {
            if (state.minted === 'down') throw new Error('down')
            const expiresIn = Math.floor(endsAt - now / 1000)
            const { token } = newSide.session({ user: principal.id, expiresInSeconds: expiresIn })
            return { kind: 'tokens', tokens: { accessToken: newSide.bearer(token), expiresIn } }
          },
        },
      },
    },
    onEvent: onEvent ?? (() => {}),
  }) as unknown as DualAuth
  let version = 1
  return {
    auth,
    legacy,
    betterAuth: newSide,
    keySet,
    state,
    oldToken: (id, claims = {}) => legacy.sign({ sub: id, ...claims }),
    newToken: (id) => newSide.bearer(newSide.session({ user: id }).token),
    partnerToken(id) {
      const now = Math.floor(Date.now() / 1000)
      const times = { iat: now, exp: now + 600, jti: `${id}-${now}` }
      return keySet.sign({ iss: PARTNER, aud: API, sub: id, client_id: 'app', ...times }, { typ: 'at+jwt' })
    },
    async publish(policy) {
      version++
      state.policy = { settleMs: 0, ...policy, version }
      await auth.ready()
    },
    async close() {
      await auth.close()
      await keySet.close()
    },
  }
}

/** A request with a bearer, or with nothing. */
export function requestWith(bearer: string | null, method = 'GET'): Request {
  const headers: Record<string, string> = bearer === null ? {} : { authorization: `Bearer ${bearer}` }
  return new Request('https://api.example.com/things', { method, headers })
}

/** `accepted`, or the code. */
export async function decide(auth: DualAuth, bearer: string | null): Promise<string> {
  const result = await auth.authenticate(requestWith(bearer))
  return result.ok ? 'accepted' : result.error.code
}
