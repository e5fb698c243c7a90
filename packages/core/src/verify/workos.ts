import * as z from 'zod/mini'
import { mustBe, optionError, ownerOf, parseOptions, verifierName } from '../errors/options.js'
import { assertKeySetUrl, remoteKeySet } from '../keys/key-set.js'
import { keySetSettings, type KeySetSettings } from '../keys/key-set-options.js'
import type { KeySource } from '../keys/key-source.js'
import { own, type JsonObject, type UnverifiedJwt } from '../route/jwt.js'
import { rejected, type Verification, type Verifier, type VerifierContext } from '../route/verifier.js'
import { deepFreeze, listOf, subjectOf, textOf } from './mapped-claims.js'
import { expiryOf } from './registered-claims.js'
import { verifyJwt } from './verify-jwt.js'

/** What `workos` takes. */
export interface WorkosOptions<Name extends string = string> {
  /** Stands in events, in `principal.verifier` and in identity links, so it must not change. */
  readonly name: Name
  /** The environment's client id, `client_…`. Its key set and issuers are derived from it. */
  readonly clientId: string
  /** The API or a custom authentication domain. Default `https://api.workos.com`. */
  readonly apiUrl?: string
  /** Further exact issuers, such as a custom domain beside the default one. */
  readonly issuers?: readonly string[]
  /** Exact `aud`, where a JWT template adds one. AuthKit's own tokens name none. */
  readonly audience?: string | readonly string[]
  /** Default 5, at most 300. */
  readonly clockToleranceSeconds?: number
  /** False refuses tokens of an impersonator (`act`). Default true: they are accepted and exposed. */
  readonly allowImpersonation?: boolean
  /** How the environment's key set is kept. */
  readonly keySetOptions?: KeySetSettings
}

/** Claims of an AuthKit access token; JWT templates may add more. */
export interface WorkosClaims extends JsonObject {
  readonly iss: string
  readonly sub: string
  readonly sid: string
  readonly exp: number
  readonly org_id?: string
  readonly role?: string
  readonly roles?: readonly string[]
  readonly permissions?: readonly string[]
  readonly entitlements?: readonly string[]
  readonly feature_flags?: readonly string[]
  readonly act?: { readonly sub: string }
}

const text = z.string().check(z.minLength(1))
const schema = z.strictObject({
  name: verifierName,
  clientId: z
    .string()
    .check(z.regex(/^client_[A-Za-z0-9_-]{1,128}$/, mustBe("the environment's client id: it begins with client_"))),
  apiUrl: z.optional(text),
  issuers: z.optional(z.array(text)),
  audience: z.optional(z.union([text, z.array(text).check(z.minLength(1))])),
  clockToleranceSeconds: z.optional(z.number().check(z.minimum(0), z.maximum(300))),
  allowImpersonation: z.optional(z.boolean()),
  keySetOptions: z.optional(keySetSettings),
})

/**
 * Judges WorkOS AuthKit access tokens by the environment's key set, without the SDK.
 *
 * Decides signature (RS256), issuer, `exp`, and that the token belongs to a session (`sid`) of this
 * client. Does not ask WorkOS whether the session was ended since: a token lives up to its `exp`.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @see https://workos.com/docs/reference/authkit/session-tokens
 */
export function workos<const Name extends string>(options: WorkosOptions<Name>): Verifier<Name, WorkosClaims> {
  const owner = ownerOf('workos', options)
  const parsed = parseOptions(schema, options, owner)
  const base = assertKeySetUrl(parsed.apiUrl ?? 'https://api.workos.com', `${owner}.apiUrl`).replace(/\/+$/, '')
  if (base.includes('?') || base.includes('#'))
    throw optionError(`${owner}.apiUrl`, 'must have no query and no fragment')
  const canonical = `${base}/user_management/${parsed.clientId}`
  const rules: Rules = {
    clientId: parsed.clientId,
    canonical,
    issuers: [base, `${base}/`, canonical, `${canonical}/`, ...(parsed.issuers ?? [])],
    audiences: typeof parsed.audience === 'string' ? [parsed.audience] : (parsed.audience ?? null),
    clockToleranceSeconds: parsed.clockToleranceSeconds ?? 5,
    allowImpersonation: parsed.allowImpersonation ?? true,
  }
  return {
    name: options.name,
    shapes: [
      {
        kind: 'jwt',
        carriage: { bearer: true, headers: [], cookies: [] },
        algorithms: ['RS256'],
        issuers: rules.issuers,
        audiences: null,
        keyIds: null,
      },
    ],
    open(context) {
      const keys = remoteKeySet(
        { url: `${base}/sso/jwks/${parsed.clientId}`, ...parsed.keySetOptions },
        { verifier: parsed.name, ...context },
      )
      return {
        verify: (credential) => judge(rules, keys, context, credential.jwt() as UnverifiedJwt),
        ready: () => keys.ready(),
        close: () => keys.close(),
      }
    },
  }
}

interface Rules {
  readonly clientId: string
  /** WorkOS spells one environment's issuer in several ways; identity links need one. */
  readonly canonical: string
  readonly issuers: readonly string[]
  readonly audiences: readonly string[] | null
  readonly clockToleranceSeconds: number
  readonly allowImpersonation: boolean
}

async function judge(
  rules: Rules,
  keys: KeySource,
  context: VerifierContext,
  jwt: UnverifiedJwt,
): Promise<Verification<WorkosClaims>> {
  const proof = await verifyJwt(jwt, ['RS256'], keys, { ...rules, now: context.now(), maxAgeSeconds: null })
  if (proof.outcome !== 'genuine') return proof
  const { claims } = jwt
  const subject = subjectOf(claims, 'sub')
  const sessionId = textOf(claims, 'sid')
  if (subject === null || sessionId === null || !sessionId.startsWith('session_'))
    return rejected('credential_invalid', 'claims')
  const clientId = own(claims, 'client_id')
  if (clientId !== undefined && clientId !== rules.clientId) return rejected('credential_invalid', 'audience')
  const act = own(claims, 'act')
  const impersonator = act === undefined ? null : (textOf(toObject(act), 'sub') ?? 'unknown')
  if (impersonator !== null && !rules.allowImpersonation) return rejected('credential_invalid', 'impersonated')
  const roles = listOf(claims, 'roles')
  return {
    outcome: 'accepted',
    identity: {
      issuer: rules.canonical,
      subject,
      kind: 'user',
      claims: deepFreeze(claims) as WorkosClaims,
      organization: textOf(claims, 'org_id'),
      roles: roles.length > 0 ? roles : listOf(claims, 'role'),
      permissions: listOf(claims, 'permissions'),
      scopes: null,
      sessionId,
      email: textOf(claims, 'email'),
      expiresAt: expiryOf(jwt, null),
      impersonator,
      secretIndex: null,
    },
  }
}

function toObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
