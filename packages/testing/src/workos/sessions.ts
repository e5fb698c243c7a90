import { randomUUID } from 'node:crypto'
import { timedClaims, type Lifetime } from '../jwt/timed-claims.js'
import type { KeySet } from '../key-set/key-set.js'
import { assertKnown, type Known } from '../known-options.js'
import { workosId } from './workos-id.js'

/** A user as the API writes it. */
export interface WorkosUser extends Readonly<Record<string, unknown>> {
  readonly id: string
  readonly email: string
}

/** Who signs in to WorkOS, and what their access tokens say. */
export interface WorkosSignInOptions {
  /** A user's id, or fields that override those of a verified user. Default: a new user. */
  readonly user?: string | Readonly<Record<string, unknown>>
  /** The organization that the session acts for (`org_id`). Default: none. */
  readonly organizationId?: string
  /**
   * Claims of every access token of the session, such as `{ permissions }`. The role comes from the membership in the
   * directory, if there is one, unless it is set here.
   */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Lifetime of the access token. */
  readonly expiresInSeconds?: number
}

/** What WorkOS issues at a sign-in. */
export interface WorkosSession {
  readonly sessionId: string
  readonly user: WorkosUser
  readonly organizationId: string | null
  readonly accessToken: string
  /** Valid once. */
  readonly refreshToken: string
}

/** A session as the fake remembers it. */
interface Remembered extends Pick<WorkosSession, 'sessionId' | 'user' | 'organizationId'> {
  readonly claims: Readonly<Record<string, unknown>>
}

interface RefreshToken {
  readonly session: Remembered
  used: { readonly at: number; readonly pair: WorkosSession } | null
}

export interface WorkosSessions {
  accessToken(claims: Readonly<Record<string, unknown>>, lifetime?: Lifetime): string
  signIn(options: WorkosSignInOptions): WorkosSession
  /** Null if WorkOS says `invalid_grant`. */
  refresh(token: string, organizationId: string | null, graceMs: number): WorkosSession | null
  end(sessionId: string): void
  hasEnded(sessionId: string): boolean
}

const ACCESS_TOKEN_SECONDS = 300
const SIGN_IN: Known<WorkosSignInOptions> = { user: true, organizationId: true, claims: true, expiresInSeconds: true }

export function createWorkosSessions(
  issuer: string,
  clientId: string,
  keySet: KeySet,
  now: () => number,
  rolesOf: (user: string, organization: string) => Readonly<Record<string, unknown>>,
): WorkosSessions {
  const refreshTokens = new Map<string, RefreshToken>()
  const ended = new Set<string>()

  const accessToken: WorkosSessions['accessToken'] = (claims, lifetime = {}) =>
    keySet.sign({
      iss: issuer,
      sub: workosId('user'),
      sid: workosId('session'),
      jti: randomUUID(),
      client_id: clientId,
      ...timedClaims(now(), claims, lifetime, ACCESS_TOKEN_SECONDS),
    })

  function issue(session: Remembered, lifetime: Lifetime = {}): WorkosSession {
    const { sessionId, user, organizationId, claims } = session
    const organization = organizationId === null ? {} : { org_id: organizationId, ...rolesOf(user.id, organizationId) }
    const refreshToken = workosId('refresh')
    refreshTokens.set(refreshToken, { session, used: null })
    const token = accessToken({ sub: user.id, sid: sessionId, ...organization, ...claims }, lifetime)
    return { sessionId, user, organizationId, accessToken: token, refreshToken }
  }

  return {
    accessToken,
    signIn(options) {
      assertKnown(options, SIGN_IN, 'FakeWorkos.signIn')
      const { user = {}, organizationId, claims = {}, ...lifetime } = options
      const whom = { user: userOf(user, now()), organizationId: organizationId ?? null }
      return issue({ sessionId: workosId('session'), ...whom, claims }, lifetime)
    },
    refresh(token, organizationId, graceMs) {
      const known = refreshTokens.get(token)
      if (known === undefined || ended.has(known.session.sessionId)) return null
      if (known.used !== null) return now() - known.used.at < graceMs ? known.used.pair : null
      const pair = issue({ ...known.session, organizationId: organizationId ?? known.session.organizationId })
      known.used = { at: now(), pair }
      return pair
    },
    end: (sessionId) => void ended.add(sessionId),
    hasEnded: (sessionId) => ended.has(sessionId),
  }
}

function userOf(user: string | Readonly<Record<string, unknown>>, now: number): WorkosUser {
  const fields = typeof user === 'string' ? { id: user } : user
  const id = (fields['id'] as string | undefined) ?? workosId('user')
  const at = new Date(now).toISOString()
  return {
    object: 'user',
    id,
    email: `${id.toLowerCase()}@example.com`,
    email_verified: true,
    first_name: 'A',
    last_name: 'Name',
    profile_picture_url: null,
    external_id: null,
    metadata: {},
    last_sign_in_at: at,
    created_at: at,
    updated_at: at,
    ...fields,
  }
}
