import type { TokenControl } from '@dualauth/testing'
import type { AuthRequest, AuthResult, RefreshStore } from '../../src/index.js'
import { NAME, type OidcInstance, type OidcWorld } from './oidc-sessions.js'

export const OK = '200 user-7 by idp'
export const LOGGED_OUT = [`${NAME}=; Path=/; Max-Age=0`]
export const written = (result: AuthResult): readonly string[] => result.cookies.map(({ field }) => field)
export function sharedStore(): RefreshStore & { readonly values: Map<string, string> } {
  const values = new Map<string, string>()
  return {
    values,
    add: async (key, value) => !values.has(key) && (values.set(key, value), true),
    get: async (key) => values.get(key) ?? null,
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  }
}

/** A session whose access token, of 300 seconds, ended a second ago. */
export async function over(
  world: OidcWorld,
  { begin }: OidcInstance,
  ...more: Parameters<OidcInstance['begin']>
): Promise<AuthRequest> {
  const sent = await begin(...more)
  world.clock.advance(301_000)
  return sent
}

export const TRANSIENT: readonly (readonly [string, TokenControl['mode']])[] = [
  ['500', 'status-500'],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '7' } }],
  ['408', { status: 408 }],
  ['redirect', 'redirect'],
  ['hang', 'hang'],
  ['drip', 'drip'],
  ['reset', 'reset'],
  ['oversized', 'oversized'],
  ['html', 'html'],
  ['no JSON', 'bad-json'],
  ['gateway page', { status: 403, body: 'no object' }],
  ['wrong client secret', { status: 401, body: { error: 'invalid_client' } }],
  ['unauthorized client', { status: 400, body: { error: 'unauthorized_client' } }],
  ['answer without a token', { status: 200, body: { refresh_token: 'r' } }],
  ['answer that is a list', { status: 200, body: [] }],
]
export const TERMINAL: readonly (readonly [string, TokenControl['mode']])[] = [
  ['400 invalid_grant', { status: 400, body: { error: 'invalid_grant' } }],
  ['403 invalid_grant', { status: 403, body: { error: 'invalid_grant' } }],
  ['400 interaction_required', { status: 400, body: { error: 'interaction_required' } }],
]
