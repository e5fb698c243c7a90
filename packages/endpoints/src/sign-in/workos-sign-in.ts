import { AuthError, type WorkosSession } from '@dualauth/core'
import { assertEndpointUrl, fetchJson, retryAfterOf, type FetchedJson } from '@dualauth/core/adapter'
import {
  functionOption,
  object,
  parseOptions,
  text,
  verifierName,
  wholeBetween,
  withMethods,
} from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { endWorkosSession } from '../workos/end-session.js'
import type { SignInFinish, SignInProvider } from './provider.js'

/** The options of `workosSignIn`. */
export interface WorkosSignInOptions {
  /** Name of the verifier `workos({ session })` that reads the session. */
  readonly verifier: string
  /** The environment's client id, `client_…`. */
  readonly clientId: string
  /** The environment's key, which is its client secret. Leave it out for a public client, which only PKCE protects. */
  readonly apiKey?: string
  /** The `workosSession({ … })` of the verifier. */
  readonly session: WorkosSession
  /** `authkit`, or the name of a social provider such as `GoogleOAuth`. Default `authkit`. */
  readonly provider?: string
  /** Default `https://api.workos.com`. */
  readonly apiUrl?: string
  /** For one request to WorkOS, in milliseconds. Default 5000. */
  readonly timeoutMs?: number
  /** Used for requests to WorkOS. Default: the platform's. */
  readonly fetch?: typeof fetch
}

const schema = object({
  verifier: verifierName,
  clientId: text,
  apiKey: z.exactOptional(text),
  session: withMethods<WorkosSession>(['begin', 'clear'], 'what workosSession() returned'),
  provider: z._default(text, 'authkit'),
  apiUrl: z._default(text, 'https://api.workos.com'),
  timeoutMs: z._default(wholeBetween(100, 30_000), 5_000),
  fetch: z._default(functionOption<typeof fetch>(), () => fetch),
})

type Settings = z.output<typeof schema>

/**
 * Sign-in at WorkOS AuthKit, with a code and PKCE, for `signInEndpoints`. The session is the sealed cookie that the SDK
 * for Node reads.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://workos.com/docs/reference/authkit
 */
export function workosSignIn(options: WorkosSignInOptions): SignInProvider {
  const settings = parseOptions(schema, options, 'workosSignIn')
  const { verifier, clientId, session, provider, apiUrl } = settings
  assertEndpointUrl(apiUrl, 'workosSignIn.apiUrl')
  const page = (path: string, parameters: Readonly<Record<string, string>>): URL => {
    const url = new URL(path, apiUrl)
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return url
  }
  return {
    verifier,
    begins: { session, clientId },
    async authorizationUrl({ redirectUri, state, codeChallenge, hints }) {
      const { organization, loginHint, prompt, screen } = hints
      return page('/user_management/authorize', {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        provider,
        ...(organization !== null && { organization_id: organization }),
        ...(loginHint !== null && { login_hint: loginHint }),
        ...(prompt !== null && { prompt }),
        ...(screen !== null && provider === 'authkit' && { screen_hint: screen }),
        state,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
      })
    },
    async finish(finish) {
      const answer = await redeem(settings, finish)
      return { cookies: await session.begin({ answer, request: finish.request }) }
    },
    async signOutUrl({ sessionId, returnTo }) {
      if (sessionId === null) return null
      return page('/user_management/sessions/logout', { session_id: sessionId, return_to: returnTo })
    },
    async endSession(sessionId) {
      const { apiKey, timeoutMs, fetch: ask } = settings
      if (apiKey === undefined) return 'unsupported'
      await endWorkosSession({ apiKey, apiUrl, timeoutMs, fetch: ask }, sessionId)
      return undefined
    },
    clear: (browser) => session.clear(browser),
    ready: async () => {},
  }
}

async function redeem(
  { clientId, apiKey, apiUrl, timeoutMs, fetch: ask }: Settings,
  { callback, codeVerifier, request }: SignInFinish,
): Promise<Readonly<Record<string, unknown>>> {
  const code = codeOf(callback)
  const agent = request.headers.get('user-agent')
  const body = {
    client_id: clientId,
    ...(apiKey !== undefined && { client_secret: apiKey }),
    grant_type: 'authorization_code',
    code,
    code_verifier: codeVerifier,
    ...(agent !== null && { user_agent: agent.slice(0, MAX_AGENT) }),
  }
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  }
  const answer = await fetchJson(new URL('/user_management/authenticate', apiUrl).href, init, {
    timeoutMs,
    maxBytes: MAX_ANSWER_BYTES,
    fetch: ask,
    closed: new AbortController().signal,
    refusals: true,
  }).catch((cause: unknown) => {
    throw new AuthError('verifier_unavailable', { cause })
  })
  if (answer.status !== 200) throw refusalOf(answer)
  return answer.body as Readonly<Record<string, unknown>>
}

const MAX_AGENT = 512
const MAX_ANSWER_BYTES = 262_144

/**
 * Stated once.
 *
 * @throws {AuthError} `sign_in_failed`
 */
function codeOf({ searchParams }: URL): string {
  const error = searchParams.get('error')
  if (error !== null) throw refused(error)
  const [code, ...others] = searchParams.getAll('code')
  if (code === undefined || code === '' || others.length > 0) throw new AuthError('sign_in_failed', { reason: 'code' })
  return code
}

/** Errors come in two shapes: of OAuth, and WorkOS' own. */
function refusalOf({ status, headers, body }: FetchedJson): AuthError {
  const { error, code } = (body ?? {}) as Partial<Record<'error' | 'code', unknown>>
  const named = error ?? code
  if ((status === 400 || status === 403) && typeof named === 'string' && STEPS.includes(named)) return refused(named)
  const seconds = retryAfterOf(headers)
  return new AuthError('verifier_unavailable', {
    cause: new Error(`WorkOS answered ${status} to a sign-in`),
    ...(seconds !== null && { retryAfterSeconds: seconds }),
  })
}

function refused(named: string): AuthError {
  return new AuthError('sign_in_failed', { reason: STEPS.includes(named) ? named : 'refused' })
}

/** By which a person, or whoever administers the organization, can do something. */
const STEPS: readonly string[] = [
  'access_denied',
  'email_verification_required',
  'invalid_grant',
  'mfa_challenge',
  'mfa_enrollment',
  'organization_authentication_methods_required',
  'organization_selection_required',
  'sso_required',
]
