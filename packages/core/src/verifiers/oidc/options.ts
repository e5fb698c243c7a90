import * as z from 'zod/mini'
import { clockTolerance, nonEmpty, object, text, texts, verifierName } from '../../settings/schemas.js'
import { optionError, ownerOf, parseOptions } from '../../settings/options.js'
import type { PublicKeyAlgorithm } from '../../crypto/port.js'
import { keySetSettings, type KeySetSettings } from '../../keys/key-set/key-set-options.js'
import { assertEndpointUrl } from '../../outbound/endpoint-url.js'
import { carriageOf, carriersOption, type Carriage, type Carriers } from '../../route/carriers.js'
import { PUBLIC_KEY_ALGORITHMS } from '../../verify/jwt/algorithms.js'
import {
  createIdentityReader,
  oauthMapping,
  type OAuthMapping,
  type ReadIdentity,
} from '../../verify/oauth/oauth-identity.js'
import type { AccessTokenProfile } from './access-token.js'

/** What `oidc` takes. */
export interface OidcOptions<Name extends string = string> extends OAuthMapping {
  /** Stands in events, in `principal.verifier` and in identity links, so it must not change. */
  readonly name: Name
  /** Exactly as the provider spells it in `iss` and in its metadata; `https`, or `http` on loopback. */
  readonly issuer: string
  /** Exact `aud`, one suffices: this API as the provider knows it, not the id of a client. */
  readonly audience: string | readonly string[]
  /** Takes the key set from there and asks no metadata; `https`, or `http` on loopback. */
  readonly keySetUrl?: string
  /** How the key set is kept; `timeoutMs`, `fetch` and `waitUntil` count for the metadata, too. */
  readonly keySetOptions?: KeySetSettings
  /** Pinned. Default RS256, PS256, ES256 and EdDSA. */
  readonly algorithms?: readonly PublicKeyAlgorithm[]
  /** `'rfc9068'`, the default, asks for `typ: at+jwt`; `'plain-jwt'` is for providers that do not set it. */
  readonly profile?: AccessTokenProfile
  /** Where tokens travel. Default `['bearer']`. */
  readonly carriers?: Carriers
  /** Default 5, at most 300. */
  readonly clockToleranceSeconds?: number
}

const schema = object({
  name: verifierName,
  issuer: text,
  audience: texts,
  keySetUrl: z.exactOptional(text),
  keySetOptions: z.exactOptional(keySetSettings),
  algorithms: z.exactOptional(nonEmpty(z.enum([...PUBLIC_KEY_ALGORITHMS]))),
  profile: z.exactOptional(z.enum(['rfc9068', 'plain-jwt'])),
  carriers: carriersOption,
  clockToleranceSeconds: z.exactOptional(clockTolerance),
  ...oauthMapping(),
})

export interface ParsedOidc {
  readonly name: string
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly keySetUrl: string | null
  readonly keySetOptions: KeySetSettings
  readonly algorithms: readonly PublicKeyAlgorithm[]
  readonly profile: AccessTokenProfile
  readonly carriage: Carriage
  readonly clockToleranceSeconds: number
  readonly readIdentity: ReadIdentity
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseOidcOptions(options: unknown): ParsedOidc {
  const owner = ownerOf('oidc', options)
  const parsed = parseOptions(schema, options, owner)
  assertIssuer(parsed.issuer, `${owner}.issuer`)
  const keySetUrl = parsed.keySetUrl ?? null
  if (keySetUrl !== null) assertEndpointUrl(keySetUrl, `${owner}.keySetUrl`)
  return {
    name: parsed.name,
    issuer: parsed.issuer,
    audiences: typeof parsed.audience === 'string' ? [parsed.audience] : parsed.audience,
    keySetUrl,
    keySetOptions: parsed.keySetOptions ?? {},
    algorithms: parsed.algorithms ?? ['RS256', 'PS256', 'ES256', 'EdDSA'],
    profile: parsed.profile ?? 'rfc9068',
    carriage: carriageOf(parsed.carriers),
    clockToleranceSeconds: parsed.clockToleranceSeconds ?? 5,
    readIdentity: createIdentityReader(parsed as OAuthMapping, owner),
  }
}

/** @see RFC 8414 section 2: no query, no fragment. */
function assertIssuer(issuer: string, path: string): void {
  assertEndpointUrl(issuer, path)
  if (/[?#]/.test(issuer)) throw optionError(path, 'must have no query and no fragment')
}
