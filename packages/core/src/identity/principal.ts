import type { MaybePromise } from '../async/maybe-promise.js'
import type { VerifiedIdentity, Verifier } from '../route/verifier.js'
import type { LinkRefusal } from './refusal.js'

/** A grant that holds everywhere, or only while the principal acts for one organization. */
export type RoleGrant = string | { readonly role: string; readonly organization: string }
/** A permission that holds everywhere, or only while the principal acts for one organization. */
export type PermissionGrant = string | { readonly permission: string; readonly organization: string }

/** An account of this application, as `link` returns it. Further fields are kept and typed. */
export interface Account {
  /** The application's own id. The same for every provider. */
  readonly id: string
  /** False refuses the account, whatever the credential. Default true. */
  readonly active?: boolean
  /** Replaces the roles that the credential names. */
  readonly roles?: readonly RoleGrant[]
  /**
   * Replaces the permissions that the credential names. Wildcards count, because this application wrote them. A
   * wildcard from the credential, such as a `*` that is passed through, grants nothing.
   */
  readonly permissions?: readonly PermissionGrant[]
  /** Replaces the provider's organization with the application's own. Null for none. */
  readonly organization?: string | null
  /**
   * Organizations that the account may act for if a request names one (option `organization`). Organizations named in
   * its role and permission grants count as well.
   */
  readonly memberships?: readonly Membership[]
}

/** One organization of an account, by the application's own id. Its grants hold there only. */
export type Membership =
  | string
  | { readonly organization: string; readonly roles?: readonly string[]; readonly permissions?: readonly string[] }

/** The caller as this application knows it. Frozen. Narrow by `verifier` to type `claims`. */
export interface Principal<Name extends string = string, Claims = unknown, A extends Account = Account> {
  /** The application's own id. */
  readonly id: string
  /** A person, or a machine: an API key whose owner is a service. */
  readonly kind: 'user' | 'service'
  /** Name of the verifier that accepted the credential. */
  readonly verifier: Name
  /** The token's `iss`, or the verifier's name if the credential names no issuer. */
  readonly issuer: string
  /** Unique within `issuer` only; use `id`. */
  readonly subject: string
  /** The verified organization that the caller acts for. Null for none. */
  readonly organization: string | null
  /**
   * Roles that hold in the current organization. An API key with scopes lists its owner's roles but passes no role
   * check. To check, use `requireRole` or `authorize`.
   */
  readonly roles: readonly string[]
  /**
   * Permissions granted directly. This application's wildcards are not expanded; a provider's wildcards are left out.
   * Permissions from roles are not listed. To check, use `requirePermission` or `authorize`.
   */
  readonly permissions: readonly string[]
  /** Upper limit of an API key; null if there is none. */
  readonly scopes: readonly string[] | null
  /** The provider's session id; null if the credential belongs to no session. */
  readonly sessionId: string | null
  /** The public id of the API key; null for every other credential. */
  readonly keyId: string | null
  /** As the issuer states it, verified or not. Never identify an account by it. */
  readonly email: string | null
  /** Seconds since the epoch. */
  readonly expiresAt: number | null
  /** Seconds since the epoch; null if the credential does not say. */
  readonly issuedAt: number | null
  /** The person who acts as the user, as the provider names them; null if there is none. */
  readonly impersonator: string | null
  /** Index of the matching secret; 0 is the newest. Shows when an old secret is no longer used. */
  readonly secretIndex: number | null
  /** The issuer's statements, typed by `verifier`. */
  readonly claims: Claims
  /** The account that `link` returned, with all its fields. */
  readonly account: A
}

/** The input of `link`. Never link by e-mail: the key is (`verifier`, `issuer`, `subject`). */
export type LinkInput<V extends Verifier = Verifier> =
  V extends Verifier<infer Name, infer Claims>
    ? { readonly verifier: Name } & Pick<
        VerifiedIdentity<Claims>,
        'issuer' | 'subject' | 'kind' | 'claims' | 'organization' | 'roles' | 'permissions' | 'ownSubject' | 'contact'
      >
    : never

/**
 * Finds the account for a verified identity. Null: there is none. `{ refuse, reason }` refuses with another code and a
 * reason of the application. A throw means "cannot tell" and becomes 503.
 */
export type Link<V extends Verifier = Verifier, A extends Account | LinkRefusal = Account> = (
  identity: LinkInput<V>,
) => MaybePromise<A | LinkRefusal | null>

/** The union of principals that a list of verifiers can produce. */
export type PrincipalOf<V extends readonly Verifier[], A extends Account = Account> = V[number] extends infer One
  ? One extends Verifier<infer Name, infer Claims>
    ? Principal<Name, Claims, A>
    : never
  : never
