import type { GrantOf, PermissionName } from './access/permissions.js'
import type { DualAuth } from './dual-auth.js'
import type { Principal } from './identity/principal.js'

/**
 * Augment this once to type the default instance and the permissions of `definePermissions` everywhere:
 *
 *     declare module '@dualauth/core' { interface Register { auth: typeof auth; permissions: typeof permissions } }
 */
// oxlint-disable-next-line no-empty-interface -- an interface, because only interfaces can be augmented
export interface Register {}

/** The registered instance; `DualAuth` if none is registered. */
export type RegisteredAuth = Register extends { auth: infer A } ? A : DualAuth

/** The principals of an instance: `PrincipalOfAuth<typeof auth>`. */
export type PrincipalOfAuth<A> = A extends DualAuth<infer P> ? P : never

/** The union of principals of the registered instance; `Principal` if none is registered. */
export type RegisteredPrincipal = Register extends { auth: infer A } ? PrincipalOfAuth<A> : Principal

/** The names of the registered permissions; any string if none are registered. */
export type RegisteredPermission = Register extends { permissions: infer P } ? PermissionName<P> : string

/**
 * What a role may grant: a registered permission, or a wildcard that covers some; any string if none are registered.
 */
export type RegisteredGrant = GrantOf<RegisteredPermission>

/** The resources of each `resource:action` among them. */
export type RegisteredResource = RegisteredParts[0]

/** The actions of such a resource. */
export type RegisteredAction<Resource extends string> = string extends RegisteredResource
  ? string
  : Extract<RegisteredParts, readonly [Resource, string]>[1]

type RegisteredParts = PartsOf<RegisteredPermission>
type PartsOf<Name extends string> = string extends Name
  ? [resource: string, action: string]
  : Name extends `${infer Resource}:${infer Action}`
    ? Action extends `${string}:${string}`
      ? never
      : [resource: Resource, action: Action]
    : never
