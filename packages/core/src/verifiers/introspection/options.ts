import * as z from 'zod/mini'
import { between, clockTolerance, texts, object, text, verifierName, wholeBetween } from '../../settings/schemas.js'
import { optionError, ownerOf, parseOptions } from '../../settings/options.js'
import { assertEndpointUrl, insecureHost } from '../../outbound/endpoint-url.js'
import { carriageOf, carriersOption, type Carriers } from '../../route/carriers.js'
import { exactIssuer } from '../../route/issuers.js'
import type { Shape } from '../../route/shape.js'
import { PUBLIC_KEY_ALGORITHMS } from '../../verify/jwt/algorithms.js'
import {
  createIdentityReader,
  oauthMapping,
  type OAuthMapping,
  type IdentityReader,
} from '../../verify/oauth/oauth-identity.js'
import { clientOptions, clientRules, type ClientOptions } from '../../verify/oauth/client-options.js'
import { opaqueForm, opaqueShape, type OpaqueForm } from '../../verify/opaque-form.js'
import {
  clientByKey,
  clientBySecret,
  createClientAuthentication,
  type ClientAuthentication,
  type ConfidentialClient,
} from '../../verify/oauth/client-authentication.js'
import type { AnswerRules } from './judge-answer.js'

/** How this API authenticates to the issuer: with a secret, or with a key that signs a short-lived assertion. */
export type IntrospectionClient = ConfidentialClient

/** The options of `introspection`. */
export interface IntrospectionOptions<Name extends string = string> extends OAuthMapping, ClientOptions {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** The introspection endpoint; `https`, or `http` on loopback and at `allowInsecureHost`. */
  readonly endpoint: string
  /**
   * Allows `http` for this host, such as `keycloak.default.svc.cluster.local` or `keycloak:8080` inside a cluster.
   * Tokens and the client's secret are sent unencrypted, and anybody who can change the answers can sign in as anybody.
   * Default: none.
   */
  readonly allowInsecureHost?: string
  /** The issuer, for identity links. If an answer has an `iss`, it must be exactly this. */
  readonly issuer: string
  /** The credentials of this API at the issuer. */
  readonly client: IntrospectionClient
  /** Exact `aud` of the answer; one match is enough. False acknowledges that the issuer names no audience. */
  readonly audience: string | readonly string[] | false
  /** The form of the issuer's opaque tokens. */
  readonly token?: OpaqueForm
  /** True: also asks about JWTs of `issuer`. Default false. */
  readonly jwts?: boolean
  /** The carriers of tokens. Default `['bearer']`. */
  readonly carriers?: Carriers
  /**
   * `'if-present'` is for issuers that send no `token_type`. They must then not answer for refresh tokens. Default
   * `'required'`.
   */
  readonly tokenType?: 'required' | 'if-present'
  /** How long an acceptance is remembered, in milliseconds, at most an hour. Default 0: every request asks. */
  readonly cacheMs?: number
  /** How long a refusal is remembered, in milliseconds, at most a minute. Default 0. */
  readonly negativeCacheMs?: number
  /** Maximum number of remembered acceptances. Default 10000. */
  readonly maxEntries?: number
  /** Default 3000, at most 30000. */
  readonly timeoutMs?: number
  /** Default 5, at most 300. */
  readonly clockToleranceSeconds?: number
}

const schema = object({
  name: verifierName,
  endpoint: text,
  allowInsecureHost: insecureHost,
  issuer: exactIssuer,
  client: z.union([clientBySecret(), clientByKey()], '{ id, secret } or { id, key, algorithm }'),
  audience: z.union([texts, z.literal(false)], 'a string, a list of strings or false'),
  token: z.exactOptional(opaqueForm),
  jwts: z._default(z.boolean(), false),
  tokenType: z._default(z.enum(['required', 'if-present']), 'required'),
  cacheMs: z._default(between(0, 3_600_000), 0),
  negativeCacheMs: z._default(between(0, 60_000), 0),
  maxEntries: z._default(wholeBetween(1, 1_000_000), 10_000),
  timeoutMs: z._default(between(1, 30_000), 3_000),
  carriers: carriersOption,
  clockToleranceSeconds: clockTolerance,
  ...clientOptions(),
  ...oauthMapping(),
})

export interface ParsedIntrospection {
  readonly endpoint: string
  readonly client: ClientAuthentication
  readonly shapes: readonly Shape[]
  readonly rules: AnswerRules
  readonly identity: IdentityReader
  readonly timeoutMs: number
  readonly memory: { readonly cacheMs: number; readonly negativeCacheMs: number; readonly maxEntries: number }
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseIntrospectionOptions(options: unknown): ParsedIntrospection {
  const owner = ownerOf('introspection', options)
  const parsed = parseOptions(schema, options, owner)
  assertEndpointUrl(parsed.endpoint, `${owner}.endpoint`, {
    option: 'allowInsecureHost',
    host: parsed.allowInsecureHost,
  })
  const { audience } = parsed
  const identity = createIdentityReader(parsed, owner)
  return {
    endpoint: parsed.endpoint,
    client: createClientAuthentication(parsed.client, `${owner}.client`),
    shapes: shapesOf(parsed, owner),
    rules: {
      issuer: parsed.issuer,
      subject: identity.subject,
      ...clientRules(parsed),
      audiences: audience === false ? null : typeof audience === 'string' ? [audience] : audience,
      tokenType: parsed.tokenType,
      clockToleranceSeconds: parsed.clockToleranceSeconds,
    },
    identity,
    timeoutMs: parsed.timeoutMs,
    memory: {
      cacheMs: parsed.cacheMs,
      negativeCacheMs: parsed.negativeCacheMs,
      maxEntries: parsed.maxEntries,
    },
  }
}

function shapesOf({ token, jwts, issuer, carriers }: z.output<typeof schema>, owner: string): Shape[] {
  const carriage = carriageOf(carriers)
  const shapes: Shape[] = token === undefined ? [] : [opaqueShape(token, carriage, `${owner}.token`)]
  if (jwts)
    shapes.push({
      kind: 'jwt',
      carriage,
      algorithms: [...PUBLIC_KEY_ALGORITHMS, 'HS256', 'HS384', 'HS512'],
      issuers: [issuer],
      audiences: null,
      keyIds: null,
    })
  if (shapes.length === 0) throw optionError(owner, 'needs `token`, `jwts` or both; without them it owns no credential')
  return shapes
}
