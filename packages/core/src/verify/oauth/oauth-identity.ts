import * as z from 'zod/mini'
import { functionOption, nonEmpty, object, text } from '../../settings/schemas.js'
import { optionError } from '../../settings/options.js'
import type { JsonObject } from '../../route/jwt.js'
import { rejected, type Rejected, type VerifiedIdentity } from '../../route/verifier.js'
import { identityOf } from '../identity.js'
import { createGroupReader, PLACEHOLDER, type GroupRule } from './groups.js'
import {
  claimReader,
  claimSource,
  UNREADABLE,
  type ClaimReader,
  type ClaimSource,
} from '../../settings/claim-source.js'
import { deepFreeze, idIn, textIn } from '../jwt/mapped-claims.js'
import { issuedAtOf } from '../jwt/registered-claims.js'
import { actorOf } from './actor.js'
import { kindOf } from './kind.js'
import { placeCaller, type OrganizationOf } from './placement.js'
import { STANDARD_SCOPE, useScope, type ScopeUse } from './scope-use.js'

/**
 * Where a provider's claims contain the data of a principal. Each is a name, a path or a function; see `ClaimSource`.
 */
export interface OAuthClaimNames {
  /** Default `sub`. A string or a safe integer, unique within the issuer and never reused. */
  readonly subject?: ClaimSource
  /** A string or a list of strings. Default `roles`. */
  readonly roles?: ClaimSource
  /** A list of strings, or a string separated by spaces; taken literally. Default `permissions`. */
  readonly permissions?: ClaimSource
  /** A list of strings, or a string separated by spaces. Default: `scope`, otherwise `scp`. */
  readonly scope?: ClaimSource
  /**
   * The organization acted for. If `groups` name organizations, it only selects one of those. Default: none is read.
   */
  readonly organization?: ClaimSource
  /** Default `sid`. */
  readonly sessionId?: ClaimSource
  /** Default `email`. Exposed as `principal.email`; never used to find an account. */
  readonly email?: ClaimSource
}

/** How an OAuth issuer's statements become an identity; the same for tokens and for introspection answers. */
export interface OAuthMapping {
  /** Where the provider keeps roles, permissions and the organization. */
  readonly claims?: OAuthClaimNames
  /** Default `'ignore'`. */
  readonly scope?: ScopeUse
  /** What groups mean here. Groups without a rule grant nothing. */
  readonly groups?: readonly GroupRule[]
  /** Default `groups`. */
  readonly groupsClaim?: ClaimSource
  /** Called if the groups name several organizations. */
  readonly organizationOf?: OrganizationOf
}

const claimName = z.exactOptional(claimSource)

/** For the schema of a verifier that has these options besides its own. */
export function oauthMapping(): {
  readonly [Option in keyof OAuthMapping]-?: z.ZodMiniExactOptional<z.ZodMiniType<NonNullable<OAuthMapping[Option]>>>
} {
  return {
    claims: z.exactOptional(
      object({
        subject: claimName,
        roles: claimName,
        permissions: claimName,
        scope: claimName,
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

/** What was proved before the statements are read. */
export interface ProvedStatements<Claims extends JsonObject = JsonObject> {
  readonly issuer: string
  readonly subject: string
  readonly claims: Claims
  readonly expiresAt: number | null
}

export type ReadIdentity<Claims> =
  { readonly outcome: 'accepted'; readonly identity: VerifiedIdentity<Claims> } | Rejected

export interface IdentityReader {
  readonly subject: ClaimReader
  /** Refuses an unreadable organization. Unreadable roles, permissions and groups grant nothing. */
  read<Claims extends JsonObject>(proved: ProvedStatements<Claims>): Promise<ReadIdentity<Claims>>
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function createIdentityReader(mapping: OAuthMapping, owner: string): IdentityReader {
  const { claims: names = {}, scope = 'ignore', groups = [], groupsClaim = 'groups', organizationOf = null } = mapping
  if (mapping.groupsClaim !== undefined && mapping.groups === undefined)
    throw optionError(`${owner}.groupsClaim`, 'belongs to `groups`, which say what a group means')
  const organizationsByGroup = groups.some(({ pattern }) => pattern.includes(PLACEHOLDER))
  if (organizationOf !== null && !organizationsByGroup)
    throw optionError(`${owner}.organizationOf`, `needs a pattern of groups that holds ${PLACEHOLDER}`)
  const reader = (name: keyof OAuthClaimNames, usual: string) =>
    claimReader(names[name] ?? usual, `${owner}.claims.${name}`)
  const placement = {
    readGroups: createGroupReader(groups, `${owner}.groups`),
    organizationsByGroup,
    groups: claimReader(groupsClaim, `${owner}.groupsClaim`),
    roles: reader('roles', 'roles'),
    organization: names.organization === undefined ? null : reader('organization', ''),
    organizationOf,
  }
  const stated = { permissions: reader('permissions', 'permissions'), scope: scopeReader(names.scope, owner) }
  const [sessionId, email] = [reader('sessionId', 'sid'), reader('email', 'email')]
  return {
    subject: reader('subject', 'sub'),
    async read({ issuer, subject, claims, expiresAt }) {
      const place = await placeCaller(claims, placement)
      if (place === UNREADABLE) return rejected('credential_invalid', 'claims', placement.organization?.name)
      const identity = identityOf({
        issuer,
        subject,
        kind: kindOf(claims, subject),
        ...place,
        ...useScope(claims, scope, stated),
        sessionId: idIn(sessionId.read(claims)),
        email: textIn(email.read(claims)),
        expiresAt,
        impersonator: actorOf(claims),
        issuedAt: issuedAtOf({ claims }),
        claims: deepFreeze(claims),
      })
      return { outcome: 'accepted', identity }
    },
  }
}

function scopeReader(source: ClaimSource | undefined, owner: string): ClaimReader {
  return source === undefined ? STANDARD_SCOPE : claimReader(source, `${owner}.claims.scope`)
}
