import * as z from 'zod/mini'
import type { JsonObject } from '../route/jwt.js'
import { optionError } from './options.js'
import { own } from './own.js'
import { isText } from './schemas.js'

/**
 * Where to find a claim. A string is the name of one claim, `https://example.com/roles`; if the token has no such
 * claim, dots lead into objects: `realm_access.roles`. A list is a path with one name for each step, which may contain
 * any characters: `['resource_access', 'my.app', 'roles']`. A function gets the verified claims and must answer
 * synchronously; a throw counts as "cannot tell" (503).
 */
export type ClaimSource = string | readonly string[] | ((claims: JsonObject) => unknown)

/** Stands for a claim that is present but cannot be read: neither a value nor absent. */
export const UNREADABLE: unique symbol = /* @__PURE__ */ Symbol('unreadable')

/** Reads a claim. */
export interface ClaimReader {
  /** For events: the name or path, or the option's name for a function. Never a value. */
  readonly name: string
  /**
   * The value, whose form is not checked; undefined if there is none. Own members only. `UNREADABLE` if a path leads
   * into a value without members, such as `org.id` into a string.
   */
  read(claims: JsonObject): unknown
}

const FORM = "the name of a claim, a path such as ['user', 'id'], or a function of the claims"

/** For schemas of options; `claimReader` checks further. */
export const claimSource: z.ZodMiniType<ClaimSource> = z.custom<ClaimSource>(
  (value) =>
    isText(value) || typeof value === 'function' || (Array.isArray(value) && value.length > 0 && value.every(isText)),
  FORM,
)

/**
 * Prepares a claim source for reading.
 *
 * @param option Path of the option, such as `legacyJwt(legacy).claims.roles`.
 * @throws {AuthError} `configuration_invalid`: a spelling that would match nothing.
 */
export function claimReader(source: ClaimSource, option: string): ClaimReader {
  if (typeof source === 'function') return { name: option.slice(option.indexOf('.') + 1), read: answering(source) }
  if (typeof source !== 'string') return pathReader([...source], source.join('.'))
  assertSpelling(source, option)
  // A name with `:` or `/` is a namespaced one, and its dots are part of it.
  if (!source.includes('.') || /[:/]/.test(source)) return { name: source, read: (claims) => own(claims, source) }
  const nested = pathReader(source.split('.'), source)
  return { name: source, read: (claims) => (Object.hasOwn(claims, source) ? claims[source] : nested.read(claims)) }
}

/** Refuses other tools' notations: as claim names they would be accepted silently and match nothing. */
function assertSpelling(source: string, option: string): void {
  const namespaced = /[:/]/.test(source)
  const foreign = /^(?:\$|\/)|[[\]*]|->|\s/.test(source)
  if (foreign || (!namespaced && source.split('.').includes('')))
    throw optionError(option, `must be ${FORM}; for a claim with exactly this name, write a list of one, ['…']`)
}

function pathReader(path: readonly string[], name: string): ClaimReader {
  return {
    name,
    read(claims) {
      let value: unknown = claims
      for (const step of path) {
        if (value === undefined || value === null) return undefined
        if (typeof value !== 'object' || Array.isArray(value)) return UNREADABLE
        value = own(value as JsonObject, step)
      }
      return value
    },
  }
}

function answering(source: (claims: JsonObject) => unknown): ClaimReader['read'] {
  return (claims) => {
    const value = source(claims)
    if (typeof (value as PromiseLike<unknown> | null | undefined)?.then !== 'function') return value
    // Nobody awaits it, and its failure must not end the process.
    Promise.resolve(value).catch(() => {})
    throw new TypeError('a function of the claims must be synchronous and must not return a promise')
  }
}
