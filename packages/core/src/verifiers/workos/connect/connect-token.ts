import * as z from 'zod/mini'
import { clockTolerance, object, text, texts, verifierName } from '../../../settings/schemas.js'
import { ownerOf, parseOptions } from '../../../settings/options.js'
import { keySetSettings, type KeySetSettings } from '../../../keys/key-set/key-set-options.js'
import { remoteKeySet } from '../../../keys/key-set/key-set.js'
import { carriageOf, carriersOption, type Carriers } from '../../../route/carriers.js'
import type { JsonObject, UnverifiedJwt } from '../../../route/jwt.js'
import { own } from '../../../settings/own.js'
import { rejected, type Verification, type VerifiedIdentity, type Verifier } from '../../../route/verifier.js'
import { identityOf } from '../../../verify/identity.js'
import { claimReader, UNREADABLE } from '../../../settings/claim-source.js'
import { deepFreeze, statedIn, textIn, textOf } from '../../../verify/jwt/mapped-claims.js'
import { expiryOf, issuedAtOf } from '../../../verify/jwt/registered-claims.js'
import { STANDARD_SCOPE, useScope, type ScopeUse } from '../../../verify/oauth/scope-use.js'
import { verifyJwt } from '../../../verify/jwt/verify-jwt.js'
import { impersonatorOf } from '../impersonator.js'
import { workosBaseUrl, workosClientId } from '../access-token/options.js'

/** The options of `workosConnect` and `workosM2m`. */
export interface WorkosConnectOptions<Name extends string = string> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** The environment's AuthKit domain, such as `https://example.authkit.app`: the issuer, exactly. */
  readonly authKitUrl: string
  /** The environment's client id, `client_…`: the audience of tokens that name no resource. */
  readonly clientId: string
  /** Exact `aud`; one match is enough: the resource indicator that MCP clients request. Default: `clientId`. */
  readonly audience?: string | readonly string[]
  /** How the token's `scope` is used here. Default `'limit'` for users and `'grant'` for applications. */
  readonly scope?: ScopeUse
  /** Default 5, at most 300. */
  readonly clockToleranceSeconds?: number
  /** The carriers of tokens. Default `['bearer']`. */
  readonly carriers?: Carriers
  /** Settings for the key set. */
  readonly keySetOptions?: KeySetSettings
}

/** Claims of a WorkOS Connect token. */
export interface WorkosConnectClaims extends JsonObject {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  /** The application that asked for the token. */
  readonly client_id?: string
  readonly org_id?: string
  readonly scope?: string
  /** Identifies the consent, not a session. Only in tokens of users. */
  readonly sid?: string
}

const schema = object({
  name: verifierName,
  authKitUrl: text,
  clientId: workosClientId,
  audience: z.exactOptional(texts),
  scope: z.exactOptional(z.enum(['ignore', 'limit', 'grant'])),
  carriers: carriersOption,
  clockToleranceSeconds: clockTolerance,
  keySetOptions: z.exactOptional(keySetSettings),
})

/** What distinguishes the tokens of users from those of applications. */
export interface ConnectKind {
  readonly factory: 'workosConnect' | 'workosM2m'
  readonly kind: VerifiedIdentity['kind']
  /** The prefix of the subject. */
  readonly subject: string
  /** Whether the token is based on a user's consent. */
  readonly consent: boolean
  readonly scope: ScopeUse
}

const STATED = { permissions: claimReader('permissions', 'permissions'), scope: STANDARD_SCOPE }

/** Both kinds come from one issuer with one key set; each verifier owns and accepts only its own kind. */
export function connectVerifier<const Name extends string>(
  options: WorkosConnectOptions<Name>,
  kind: ConnectKind,
): Verifier<Name, WorkosConnectClaims> {
  const owner = ownerOf(kind.factory, options)
  const parsed = parseOptions(schema, options, owner)
  const issuer = workosBaseUrl(parsed.authKitUrl, `${owner}.authKitUrl`)
  const { audience = parsed.clientId, clockToleranceSeconds, scope = kind.scope } = parsed
  const audiences = typeof audience === 'string' ? [audience] : audience
  const url = `${issuer}/oauth2/jwks`
  const rules = { issuers: [issuer], audiences, clockToleranceSeconds, maxAgeSeconds: null }
  return {
    name: options.name,
    shapes: [
      {
        kind: 'jwt',
        carriage: carriageOf(parsed.carriers),
        algorithms: ['RS256'],
        issuers: [issuer],
        audiences,
        keyIds: null,
        sid: kind.consent,
      },
    ],
    clockToleranceSeconds,
    about: { kind: kind.factory, keySets: [url], hasOwnFetch: parsed.keySetOptions?.fetch !== undefined },
    open(context) {
      const keys = remoteKeySet({ url, ...parsed.keySetOptions }, { verifier: parsed.name, ...context })
      return {
        async verify(credential) {
          const jwt = credential.jwt() as UnverifiedJwt
          const proof = await verifyJwt(jwt, ['RS256'], keys, rules, context.now())
          return proof.outcome === 'genuine' ? accept(jwt, issuer, kind, scope) : proof
        },
        ready: () => keys.ready(),
        close: () => keys.close(),
      }
    },
  }
}

function accept(
  jwt: UnverifiedJwt,
  issuer: string,
  { kind, subject: prefix, consent }: ConnectKind,
  scope: ScopeUse,
): Verification<WorkosConnectClaims> {
  const { claims } = jwt
  const subject = textOf(claims, 'sub')
  const sid = textOf(claims, 'sid')
  if (subject === null || !subject.startsWith(prefix)) return rejected('credential_invalid', 'claims', 'sub')
  // A session's token has a session id here; a machine's client is its subject.
  if (consent ? sid === null || sid.startsWith('session_') : own(claims, 'sid') !== undefined)
    return rejected('credential_invalid', 'purpose', 'sid')
  const client = own(claims, 'client_id')
  if (!consent && client !== undefined && client !== subject)
    return rejected('credential_invalid', 'claims', 'client_id')
  const organization = statedIn(own(claims, 'org_id'), textIn)
  if (organization === UNREADABLE) return rejected('credential_invalid', 'claims', 'org_id')
  return {
    outcome: 'accepted',
    identity: identityOf({
      issuer,
      subject,
      kind,
      claims: deepFreeze(claims) as WorkosConnectClaims,
      organization,
      ...useScope(claims, scope, STATED),
      sessionId: sid,
      expiresAt: expiryOf(jwt, null),
      issuedAt: issuedAtOf(jwt),
      impersonator: impersonatorOf(claims),
    }),
  }
}
