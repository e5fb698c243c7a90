import * as z from 'zod/mini'
import { functionOption, nonEmpty, object, text } from '../../settings/schemas.js'
import { optionError } from '../../settings/options.js'
import { own, type JsonObject } from '../../route/jwt.js'
import type { VerifiedIdentity } from '../../route/verifier.js'
import { createGroupReader, PLACEHOLDER, type GroupRule } from './groups.js'
import { deepFreeze, textOf } from '../jwt/mapped-claims.js'
import { placeCaller, type OrganizationOf } from './placement.js'
import { useScope, type ScopeUse } from './scope-use.js'

/** Names of claims that providers choose. Each is one claim, not a path. */
export interface OAuthClaimNames {
  /** A string or a list of strings. Default `roles`. */
  readonly roles?: string
  /** A list of strings, or a string separated by spaces; taken literally. Default `permissions`. */
  readonly permissions?: string
  /** The organization acted for; with `groups` that name organizations, it only picks one of those. Default: none is read. */
  readonly organization?: string
  /** Default `sid`. */
  readonly sessionId?: string
  /** Default `email`. Exposed as `principal.email`; never used to find an account. */
  readonly email?: string
}

/** How the statements of an OAuth issuer become an identity; the same for tokens and for answers about them. */
export interface OAuthMapping {
  /** Where the provider keeps roles, permissions and the organization. */
  readonly claims?: OAuthClaimNames
  /** Default `'ignore'`. */
  readonly scope?: ScopeUse
  /** What groups mean here. Groups without a rule grant nothing. */
  readonly groups?: readonly GroupRule[]
  /** Default `groups`. */
  readonly groupsClaim?: string
  /** Asked when the groups name several organizations. */
  readonly organizationOf?: OrganizationOf
}

const claimName = z.exactOptional(text)

/** For the schema of a verifier that takes these options beside its own. */
export function oauthMapping(): { readonly [Option in keyof OAuthMapping]-?: z.ZodMiniType } {
  return {
    claims: z.exactOptional(
      object({
        roles: claimName,
        permissions: claimName,
        organization: claimName,
        sessionId: claimName,
        email: claimName,
      }),
    ),
    scope: z.exactOptional(z.enum(['ignore', 'limit', 'grant'])),
    groups: z.exactOptional(nonEmpty(object({ pattern: text, role: z.exactOptional(text) }))),
    groupsClaim: claimName,
    organizationOf: z.exactOptional(functionOption<OrganizationOf>()),
  }
}

/** What was proved before the statements are looked at. */
export interface ProvedStatements {
  readonly issuer: string
  readonly subject: string
  /** The client that the token was issued to, if it is named. */
  readonly client: string | null
  readonly claims: JsonObject
  readonly expiresAt: number | null
}

export type ReadIdentity = (proved: ProvedStatements) => Promise<VerifiedIdentity<never>>

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function createIdentityReader(mapping: OAuthMapping, owner: string): ReadIdentity {
  const { claims: names = {}, scope = 'ignore', groups = [], groupsClaim = 'groups', organizationOf = null } = mapping
  const organizationsByGroup = groups.some(({ pattern }) => pattern.includes(PLACEHOLDER))
  if (organizationOf !== null && !organizationsByGroup)
    throw optionError(`${owner}.organizationOf`, `needs a pattern of groups that holds ${PLACEHOLDER}`)
  const placement = {
    readGroups: createGroupReader(groups, `${owner}.groups`),
    organizationsByGroup,
    groupsClaim,
    rolesClaim: names.roles ?? 'roles',
    organizationClaim: names.organization ?? null,
    organizationOf,
  }
  return async ({ issuer, subject, client, claims, expiresAt }) => ({
    issuer,
    subject,
    kind: subject === client ? 'service' : 'user',
    ...(await placeCaller(claims, placement)),
    ...useScope(claims, scope, names.permissions ?? 'permissions'),
    sessionId: textOf(claims, names.sessionId ?? 'sid'),
    email: textOf(claims, names.email ?? 'email'),
    expiresAt,
    impersonator: actorOf(claims),
    secretIndex: null,
    claims: deepFreeze(claims) as never,
  })
}

/** Who acts in the subject's place (RFC 8693 section 4.1). */
function actorOf(claims: JsonObject): string | null {
  const actor = own(claims, 'act')
  if (actor === undefined) return null
  const stated = typeof actor === 'object' && actor !== null && !Array.isArray(actor) ? (actor as JsonObject) : {}
  return textOf(stated, 'sub') ?? 'unknown'
}
