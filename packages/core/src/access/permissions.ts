import { optionError } from '../settings/options.js'
import { isPermission, PERMISSION_FORM } from '../settings/grant.js'

/** Actions by resource, such as `{ things: ['read', 'write'] }`. */
export type PermissionMap = Readonly<Record<string, readonly string[]>>

/** Exists only in types: every defined name. */
declare const NAMES: unique symbol

/** What `definePermissions` returns: `permissions.things.read` is `'things:read'`. */
export type Permissions<Map extends PermissionMap = PermissionMap, More extends string = never> = {
  readonly [Resource in keyof Map & string]: {
    readonly [Action in Map[Resource][number]]: `${Resource}:${Action}`
  }
} & { readonly [NAMES]?: NamesIn<Map> | More }

type NamesIn<Map extends PermissionMap> = {
  [Resource in keyof Map & string]: `${Resource}:${Map[Resource][number]}`
}[keyof Map & string]

/** The names of `definePermissions`, as a union: `PermissionName<typeof permissions>`. */
export type PermissionName<P> = P extends { readonly [NAMES]?: infer Name } ? Extract<Name, string> : never

/** A valid grant for these names: one of them, or a wildcard that covers some of them. */
export type GrantOf<Name extends string> = string extends Name ? string : Name | '*' | WildcardOf<Name>

/** Wildcards cover `resource:action` only. */
type WildcardOf<Name extends string> = Name extends `${infer Resource}:${infer Action}`
  ? Action extends `${string}:${string}`
    ? never
    : `${Resource}:*` | `*:${Action}`
  : never

const PART = /^[\w.-]+$/

/**
 * Defines the permissions of an application once. If you register them, any other name is a compile error in guards, in
 * `authorize`, `can`, `why` and in `access.roles`:
 *
 *     declare module '@dualauth/core' { interface Register { permissions: typeof permissions } }
 *
 * It decides nothing at run time. Without registration, any string is allowed, as before.
 *
 * @param more Names of another form, such as those of a provider: `['users-view', 'org:invoices:create']`.
 * @returns Frozen. Names of `more` are in its type only.
 * @throws {AuthError} `configuration_invalid`: an invalid name; the message gives its position.
 */
export function definePermissions<const Map extends PermissionMap, const More extends string = never>(
  map: Map,
  more: readonly More[] = [],
): Permissions<Map, More> {
  const resources = Object.entries(map).map(([resource, actions]) => {
    if (!PART.test(resource)) throw optionError(`definePermissions.${resource}`, 'must be a resource such as things')
    return [resource, Object.freeze(namesOf(resource, actions))] as const
  })
  for (const [place, name] of more.entries())
    if (typeof name !== 'string' || !isPermission(name))
      throw optionError(`definePermissions.more[${place}]`, `must be ${PERMISSION_FORM}, without wildcards`)
  return Object.freeze(Object.fromEntries(resources)) as Permissions<Map, More>
}

function namesOf(resource: string, actions: readonly string[]): Readonly<Record<string, string>> {
  if (!Array.isArray(actions)) throw optionError(`definePermissions.${resource}`, 'must be a list of actions')
  for (const [place, action] of actions.entries())
    if (typeof action !== 'string' || !PART.test(action))
      throw optionError(`definePermissions.${resource}[${place}]`, 'must be an action such as read')
  return Object.fromEntries(actions.map((action) => [action, `${resource}:${action}`]))
}
