import type { MaybePromise } from '../keys/crypto.js'
import type { VerifiedIdentity, Verifier } from '../route/verifier.js'

/** A grant that holds everywhere, or only while the principal acts for one organization. */
export type RoleGrant = string | { readonly role: string; readonly organization: string }
export type PermissionGrant = string | { readonly permission: string; readonly organization: string }

/** What `link` returns: the account of this application. Further fields are kept and typed. */
export interface Account {
  /** The application's own id, the same through every provider. */
  readonly id: string
  /** False refuses the account through every door. Default true. */
  readonly active?: boolean
  /** Replaces the roles that the credential names. */
  readonly roles?: readonly RoleGrant[]
  /** Replaces the permissions that the credential names; wildcards count, because this application wrote them. */
  readonly permissions?: readonly PermissionGrant[]
  /** Replaces the provider's grouping by the application's own; null for none. */
  readonly organization?: string | null
}

/** The caller as this application knows it, frozen. Narrow by `verifier` to type `claims`. */
export interface Principal<Name extends string = string, Claims = unknown, A extends Account = Account> {
  /** The application's own id. */
  readonly id: string
  readonly kind: 'user' | 'service'
  /** Name of the verifier that judged the credential. */
  readonly verifier: Name
  readonly issuer: string
  /** Unique within `issuer` only; use `id`. */
  readonly subject: string
  /** The organization the caller acts for, verified. */
  readonly organization: string | null
  /** Roles that hold here and now. */
  readonly roles: readonly string[]
  /** Permissions that hold here and now, wildcards unexpanded; ask `authorize`, not this list. */
  readonly permissions: readonly string[]
  /** Upper bound of an API key; null where there is none. */
  readonly scopes: readonly string[] | null
  readonly sessionId: string | null
  /** As the issuer states it, verified or not; never a key of an account. */
  readonly email: string | null
  /** Seconds since the epoch. */
  readonly expiresAt: number | null
  readonly impersonator: string | null
  /** Place of the matching secret, 0 is the newest: shows when an old one is unused. */
  readonly secretIndex: number | null
  readonly claims: Claims
  readonly account: A
}

/** What `link` is asked. Never link by e-mail: the key is (`verifier`, `issuer`, `subject`). */
export type LinkInput<V extends Verifier = Verifier> =
  V extends Verifier<infer Name, infer Claims>
    ? { readonly verifier: Name } & Pick<
        VerifiedIdentity<Claims>,
        'issuer' | 'subject' | 'kind' | 'claims' | 'organization' | 'roles' | 'permissions'
      >
    : never

/** Which account here is that? Null: none. A throw means "cannot tell" and becomes 503. */
export type Link<V extends Verifier = Verifier, A extends Account = Account> = (
  identity: LinkInput<V>,
) => MaybePromise<A | null>

/** The union of principals that a list of verifiers can yield. */
export type PrincipalOf<V extends readonly Verifier[], A extends Account = Account> = V[number] extends infer One
  ? One extends Verifier<infer Name, infer Claims>
    ? Principal<Name, Claims, A>
    : never
  : never
