import { randomBytes } from 'node:crypto'
import {
  createDualAuth,
  legacyJwt,
  memoryExchanges,
  oidc,
  oidcRefresh,
  oidcSession,
  type DualAuth,
  type OidcSession,
  type PolicyDocument,
  type SessionMinter,
} from '@dualauth/core'
import { exchangeEndpoint, migrationEndpoint, oidcSignIn, signInEndpoints, type Endpoints } from '@dualauth/endpoints'
import type { ExampleProvider } from './provider.js'

export interface ExampleAuth {
  readonly auth: DualAuth
  readonly signIn: Endpoints
  readonly migration: Endpoints
  readonly exchange: Endpoints
  /** The next version of the policy; it holds when this resolves. */
  publish(next: Partial<PolicyDocument>): Promise<void>
}

/** The old side's own tokens in a cookie, and sessions of an OpenID provider. */
export function createAuth(
  origin: string,
  provider: ExampleProvider,
  oldSecret: string,
  now: () => number,
): ExampleAuth {
  const client = { id: 'page', secret: provider.clientSecret }
  const session = oidcSession({
    cookiePasswords: [randomBytes(32).toString('base64url')],
    refresh: oidcRefresh({ client }),
  })
  // One process: in an application it lies in the database, or is a file.
  const rollout = { unit: 'user', salt: 'spring', basisPoints: 10_000 } as const
  let document: PolicyDocument = { version: 1, stage: 'dual', settleMs: 0, rollout }
  let changed = (): void => {}
  const auth = createDualAuth({
    // From old to new: where a browser brings cookies of both sides, the newer one says who it is.
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [oldSecret],
        purpose: 'only-access-tokens',
        carriers: [{ cookie: 'old' }],
      }),
      oidc({ name: 'workforce', issuer: provider.issuer, audience: origin, session }),
    ],
    // Both sides know people by the same names here; see docs/own-ids.md for where they do not.
    link: ({ subject }) => ({ id: subject }),
    migration: {
      from: ['legacy'],
      to: 'workforce',
      policy: {
        load: () => ({ document }),
        watch(listener) {
          changed = listener
          return () => {}
        },
      },
      exchange: { minter: minterOf(session, provider.issuer), exchanges: memoryExchanges({ now }), renew: true },
    },
    trustedOrigins: [origin],
    now,
  })
  return {
    auth,
    migration: migrationEndpoint({ auth }),
    exchange: exchangeEndpoint({ auth }),
    signIn: signInEndpoints({
      auth,
      provider: oidcSignIn({
        verifier: 'workforce',
        issuer: provider.issuer,
        clientId: client.id,
        clientSecret: client.secret,
        session,
        scope: 'openid offline_access',
        parameters: { prompt: 'consent' },
        now,
      }),
      redirectUri: `${origin}/auth/callback`,
      secrets: [randomBytes(32).toString('base64url')],
      clearCookies: ['old'],
      now,
    }),
    async publish(next) {
      document = { ...document, ...next, version: document.version + 1 }
      changed()
      await auth.ready()
    },
  }
}

/** The provider vouches for nobody by an old token; this application does, until the person signs in there the next time. */
function minterOf(session: OidcSession, issuer: string): SessionMinter {
  return {
    verifier: 'workforce',
    async mint({ principal, endsAt, request, now }) {
      const iat = Math.floor(now / 1000)
      const claims = { iss: issuer, sub: principal.id, aud: 'page', iat, exp: endsAt }
      const cookies = await session.begin({ verifier: 'workforce', claims, answer: {}, request, now })
      return { kind: 'cookies', cookies }
    },
  }
}
