import {
  AuthError,
  organizationRequirement,
  permissionRequirement,
  roleRequirement,
  type PermissionRule,
  type RegisteredPrincipal,
  type Requirement,
} from '@dualauth/core/adapter'
import type { FastifyRequest } from 'fastify'

/** `config.auth` of a route. Exactly one of the three requirements. For several, put guards into `onRequest`. */
export type RouteAuth =
  | boolean
  | 'optional'
  | { readonly role: string | readonly string[] }
  | {
      readonly organization:
        true | ((request: FastifyRequest) => string | null | undefined | Promise<string | null | undefined>)
    }
  // Last, because the compiler explains a mistake by the last of them.
  | { readonly permission: PermissionRule<RegisteredPrincipal, FastifyRequest> }

/** @throws {AuthError} `configuration_invalid` */
export function defaultRequirement(option: unknown = 'allow'): Requirement | null {
  if (option !== 'allow' && option !== 'deny')
    throw new AuthError('configuration_invalid', { message: 'dualAuth.default: must be one of allow, deny' })
  return option === 'deny' ? { kind: 'authenticated' } : null
}

/**
 * What a route asks for; TypeScript misses typing errors in an inline `config`, so they fail at boot.
 * @throws {AuthError} `configuration_invalid`
 */
export function readRouteAuth(
  config: unknown,
  byDefault: Requirement | null,
  url: string | undefined,
): Requirement | null {
  const auth = (config as { auth?: unknown } | undefined)?.auth
  if (auth === undefined) return byDefault
  if (auth === false) return null
  if (auth === true) return { kind: 'authenticated' }
  if (auth === 'optional') return { kind: 'optional', onInvalid: 'default' }
  const entries = typeof auth === 'object' && auth !== null ? Object.entries(auth) : []
  const [entry, ...more] = entries
  if (entry === undefined || more.length > 0) throw wrong(url)
  const [name, value] = entry as [string, unknown]
  try {
    if (name === 'permission') return permissionRequirement([value])
    if (name === 'role') return roleRequirement([value].flat())
    if (name === 'organization') return organizationRequirement(value === true ? [] : [value])
  } catch (cause) {
    throw wrong(url, cause)
  }
  throw wrong(url)
}

/** What each route asks for, read once: the routes declared before the plugin are met in requests only. */
export function requirementsByRoute(
  byDefault: Requirement | null,
): (route: { readonly config?: object; readonly url?: string | undefined }) => Requirement | null {
  const known = new WeakMap<object, Requirement | null>()
  return ({ config, url }) => {
    const before = config === undefined ? undefined : known.get(config)
    if (before !== undefined) return before
    const requirement = readRouteAuth(config, byDefault, url)
    if (config !== undefined) known.set(config, requirement)
    return requirement
  }
}

function wrong(url: string | undefined, cause?: unknown): AuthError {
  const forms = "must be true, false, 'optional', or exactly one of { permission }, { role }, { organization }"
  const problem = cause instanceof Error ? cause.message : forms
  return new AuthError('configuration_invalid', { message: `route ${url}: config.auth: ${problem}`, cause })
}
