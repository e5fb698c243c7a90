import { randomBytes } from 'node:crypto'
import { sendJson } from '../http/exchange.js'
import { startLoopback, type Loopback } from '../http/loopback.js'
import { assertLifetime, type Lifetime } from '../jwt/timed-claims.js'
import { assertKnown, type Known } from '../known-options.js'
import { createKeySet, type KeySet } from '../key-set/key-set.js'
import { createValidationsEndpoint, type WorkosApiKeys } from './api-keys.js'
import { createAuthenticateEndpoint, type RefreshControl } from './authenticate.js'
import { createEventsEndpoint, type WorkosDirectory, type WorkosLogEvent } from './directory.js'
import { createManagementEndpoint, type WorkosManagement } from './management.js'
import { createCodes, type AuthKitControl } from './codes.js'
import { sealSession, type SealedSessionOptions } from './sealed-session.js'
import { createRevokeEndpoint } from './revoke.js'
import { createWorkosSessions, type WorkosSession, type WorkosSignInOptions } from './sessions.js'
import { workosId } from './workos-id.js'
import { signWebhook, type SignedWebhook, type SignWebhookOptions } from './webhooks.js'

/** The options of `startFakeWorkos`. */
export interface FakeWorkosOptions {
  /** Default: a new one. */
  readonly clientId?: string
  /** The environment's own key, which is also its client secret. Default: a new one. */
  readonly apiKey?: string
  /** Default: a new one. */
  readonly webhookSecret?: string
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** All parts of WorkOS that a verifier talks to, on loopback. `origin` is its API URL. */
export interface FakeWorkos extends Loopback {
  readonly clientId: string
  readonly apiKey: string
  readonly webhookSecret: string
  /** `iss` of its access tokens. */
  readonly issuer: string
  /** Key set of the access tokens: `GET /sso/jwks/<clientId>`, and `GET /oauth2/jwks` as on an AuthKit domain. */
  readonly keySet: KeySet
  readonly refresh: RefreshControl
  /** The page where people sign in (by code) and sign out. */
  readonly authKit: AuthKitControl
  readonly apiKeys: WorkosApiKeys
  /** Users, organizations and memberships with their lists, the log of their changes, and `GET /events`. */
  readonly directory: WorkosDirectory
  /** The same objects one at a time, as the API creates, reads, changes and deletes them. */
  readonly management: WorkosManagement
  /** An AuthKit access token, valid for 5 minutes. The claims override those of a new user and session. */
  accessToken(claims?: Readonly<Record<string, unknown>>, lifetime?: Lifetime): string
  /** Starts a session, with a refresh token. */
  signIn(options?: WorkosSignInOptions): WorkosSession
  /** Ends a session: its refresh tokens are refused from now on. */
  endSession(sessionId: string): void
  /** Whether a session was ended, here or on the sign-out page. */
  hasEnded(sessionId: string): boolean
  /** The value of the cookie `wos-session`. */
  sealedSession(session: WorkosSession, options: SealedSessionOptions): string
  /** A delivery of an event, signed with `webhookSecret`. */
  webhook(event: string, data: Readonly<Record<string, unknown>>, options?: SignWebhookOptions): SignedWebhook
  /** A delivery of an event from the log. */
  deliver(event: WorkosLogEvent, options?: Pick<SignWebhookOptions, 'timestamp'>): SignedWebhook
}

const OPTIONS: Known<FakeWorkosOptions> = { clientId: true, apiKey: true, webhookSecret: true, now: true }

/**
 * Starts a fake WorkOS on loopback. It is not a full emulator: it answers what verifiers ask and fails on command.
 * @throws {AuthError} `configuration_invalid`: an unknown option; the message names it.
 */
export async function startFakeWorkos(options: FakeWorkosOptions = {}): Promise<FakeWorkos> {
  assertKnown(options, OPTIONS, 'startFakeWorkos')
  const { clientId = workosId('client'), now = Date.now } = options
  const { apiKey = `sk_test_${randomBytes(24).toString('hex')}` } = options
  const { webhookSecret = randomBytes(32).toString('hex') } = options
  const served = createKeySet({ algorithm: 'RS256' })
  const validations = createValidationsEndpoint(apiKey, now)
  const events = createEventsEndpoint(apiKey, now)
  const objects = createManagementEndpoint(apiKey, events)
  const loopback = await startLoopback((request, response) => {
    const route = `${request.method} ${request.url?.split('?')[0]}`
    if (route === `GET /sso/jwks/${clientId}` || route === 'GET /oauth2/jwks') return served.respond(request, response)
    if (route === 'GET /user_management/authorize') return codes.respond(request, response)
    if (route === 'GET /user_management/sessions/logout') return codes.signOut(request, response)
    if (route === 'POST /user_management/authenticate') return void authenticate.respond(request, response)
    if (route === 'POST /user_management/sessions/revoke') return void revoke(request, response)
    if (route === 'POST /api_keys/validations') return void validations.respond(request, response)
    if (events.has(route)) return events.respond(request, response)
    if (objects.has(route)) return void objects.respond(request, response)
    sendJson(response, 404, { message: 'Not Found' })
  })
  const issuer = `${loopback.origin}/user_management/${clientId}`
  const sessions = createWorkosSessions(issuer, clientId, served.keySet, now, events.rolesOf)
  const codes = createCodes(clientId, sessions.end)
  const authenticate = createAuthenticateEndpoint(clientId, apiKey, sessions, codes)
  const revoke = createRevokeEndpoint(apiKey, sessions)
  return {
    ...loopback,
    clientId,
    apiKey,
    webhookSecret,
    issuer,
    keySet: served.keySet,
    refresh: authenticate.control,
    authKit: codes.control,
    apiKeys: validations.apiKeys,
    directory: events.directory,
    management: objects.management,
    accessToken(claims = {}, lifetime = {}) {
      assertLifetime(lifetime, 'FakeWorkos.accessToken')
      return sessions.accessToken(claims, lifetime)
    },
    signIn: (session = {}) => sessions.signIn(session),
    endSession: sessions.end,
    hasEnded: sessions.hasEnded,
    sealedSession: sealSession,
    webhook: (event, data, delivery = {}) => signWebhook(webhookSecret, event, data, delivery, now()),
    deliver: (logged, delivery = {}) =>
      signWebhook(webhookSecret, logged.event, logged.data, { ...delivery, fields: logged }, now()),
  }
}
