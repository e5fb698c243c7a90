import type { MaybePromise } from '../async/maybe-promise.js'
import type { VerifiedIdentity, Verifier } from '../route/verifier.js'
import type { LinkRefusal } from './refusal.js'

/** A grant that holds everywhere, or only while the principal acts for one organization. */
export type RoleGrant = string | { readonly role: string; readonly organization: string }
/** The same for a permission. */
export type PermissionGrant = string | { readonly permission: string; readonly organization: string }

/** What `link` returns: the account of this application. Further fields are kept and typed. */
export interface Account {
  /** The application's own id, the same through every provider. */
  readonly id: string
  /** False refuses the account through every door. Default true. */
  readonly active?: boolean
  /** Replaces the roles that the credential names. */
  readonly roles?: readonly RoleGrant[]
  /**
   * Replaces the permissions that the credential names. Wildcards count, because this application
   * wrote them; one that the credential itself states, such as a passed-through `*`, grants nothing.
   */
  readonly permissions?: readonly PermissionGrant[]
  /** Replaces the provider's grouping by the application's own; null for none. */
  readonly organization?: string | null
  /**
   * Organizations that the account may act for when a request names one (the option `organization`).
   * Those that its role and permission grants name count as well.
   */
  readonly memberships?: readonly Membership[]
}

/** One organization of an account, by the application's own id; what it grants holds there only. */
export type Membership =
  | string
  | { readonly organization: string; readonly roles?: readonly string[]; readonly permissions?: readonly string[] }

/** The caller as this application knows it, frozen. Narrow by `verifier` to type `claims`. */
export interface Principal<Name extends string = string, Claims = unknown, A extends Account = Account> {
  /** The application's own id. */
  readonly id: string
  /** A person, or a machine: an API key whose owner is a service. */
  readonly kind: 'user' | 'service'
  /** Name of the verifier that judged the credential. */
  readonly verifier: Name
  /** Who vouches: the token's `iss`; the verifier's name where a credential names nobody. */
  readonly issuer: string
  /** Unique within `issuer` only; use `id`. */
  readonly subject: string
  /** The organization the caller acts for, verified. */
  readonly organization: string | null
  /** Roles of the owner that hold here and now. A narrowed API key lists them but passes no role: ask `requireRole` or `authorize`. */
  readonly roles: readonly string[]
  /** Permissions granted directly, with this application's wildcards unexpanded; a provider's are left out. What roles grant is not listed: ask `requirePermission` or `authorize`. */
  readonly permissions: readonly string[]
  /** Upper bound of an API key; null where there is none. */
  readonly scopes: readonly string[] | null
  /** The provider's session; null where the credential belongs to none. */
  readonly sessionId: string | null
  /** The public id of the API key; null for every other credential. */
  readonly keyId: string | null
  /** As the issuer states it, verified or not; never a key of an account. */
  readonly email: string | null
  /** Seconds since the epoch. */
  readonly expiresAt: number | null
  /** Seconds since the epoch; null where the credential does not say. */
  readonly issuedAt: number | null
  /** Who acts in the user's place, as the provider names them; null where nobody does. */
  readonly impersonator: string | null
  /** Place of the matching secret, 0 is the newest: shows when an old one is unused. */
  readonly secretIndex: number | null
  /** The issuer's statements, typed by `verifier`. */
  readonly claims: Claims
  /** What `link` returned, with all fields of it. */
  readonly account: A
}

/** What `link` is asked. Never link by e-mail: the key is (`verifier`, `issuer`, `subject`). */
export type LinkInput<V extends Verifier = Verifier> =
  V extends Verifier<infer Name, infer Claims>
    ? { readonly verifier: Name } & Pick<
        VerifiedIdentity<Claims>,
        'issuer' | 'subject' | 'kind' | 'claims' | 'organization' | 'roles' | 'permissions' | 'ownSubject' | 'contact'
      >
    : never

/**
 * Which account here is that? Null: none. `{ refuse, reason }` refuses with another code, and a reason of the
 * application's own. A throw means "cannot tell" and becomes 503.
 */
export type Link<V extends Verifier = Verifier, A extends Account | LinkRefusal = Account> = (
  identity: LinkInput<V>,
) => MaybePromise<A | LinkRefusal | null>

/** The union of principals that a list of verifiers can yield. */
export type PrincipalOf<V extends readonly Verifier[], A extends Account = Account> = V[number] extends infer One
  ? One extends Verifier<infer Name, infer Claims>
    ? Principal<Name, Claims, A>
    : never
  : never
