import * as z from 'zod/mini'
import { object, texts } from '../../settings/schemas.js'
import type { ClientRules } from './oauth-client.js'

/** The client to which a token must have been issued, instead of an audience or in addition to one. */
export interface ClientOptions {
  /**
   * Exact, one is enough: the client that the token names in `client_id` (RFC 9068), `azp`, `cid` or `appid`. A token
   * that names no client, or another one in any of these, is refused.
   */
  readonly clientId?: string | readonly string[]
  /**
   * Exact `azp` (OpenID Connect), one is enough. A token without `azp` is refused, unless this is
   * `{ value, ifPresent: true }`, for issuers that omit it from tokens that no browser requested.
   */
  readonly authorizedParty?:
    string | readonly string[] | { readonly value: string | readonly string[]; readonly ifPresent: true }
}

/** For the schema of a verifier that has these options besides its own. */
export function clientOptions(): {
  readonly [Option in keyof ClientOptions]-?: z.ZodMiniExactOptional<z.ZodMiniType<NonNullable<ClientOptions[Option]>>>
} {
  return {
    clientId: z.exactOptional(texts),
    authorizedParty: z.exactOptional(
      z.union(
        [texts, object({ value: texts, ifPresent: z.literal(true) })],
        'the azp, a list, or { value, ifPresent: true }',
      ),
    ),
  }
}

export function clientRules({ clientId, authorizedParty }: ClientOptions): ClientRules {
  return {
    clients: clientId === undefined ? null : listed(clientId),
    authorizedParty: authorizedParty === undefined ? null : partyOf(authorizedParty),
  }
}

function partyOf(party: NonNullable<ClientOptions['authorizedParty']>): ClientRules['authorizedParty'] {
  return typeof party === 'object' && 'value' in party
    ? { values: listed(party.value), ifPresent: true }
    : { values: listed(party), ifPresent: false }
}

function listed(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}
