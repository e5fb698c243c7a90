import type { JsonObject } from '../../route/jwt.js'
import { UNREADABLE } from '../../settings/claim-source.js'
import { own } from '../../settings/own.js'

const MAX_TEXT_LENGTH = 255
const MAX_LIST = 1_000

/** An id: a string without control characters, or a safe integer, as in some home-grown tokens. */
export function idIn(value: unknown): string | null {
  return typeof value === 'number' ? (Number.isSafeInteger(value) ? String(value) : null) : textIn(value)
}

export function textIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH && !hasControl(value)
    ? value
    : null
}

/**
 * An optional claim that limits what the others grant, such as an organization. Absent or null means none. A value that
 * `read` cannot read does not mean none: the roles beside it would then hold everywhere.
 */
export function statedIn(value: unknown, read: (value: unknown) => string | null): string | null | typeof UNREADABLE {
  return value === undefined || value === null ? null : (read(value) ?? UNREADABLE)
}

/** A list of strings. A single string is a list of one, or is split by `separator`. Any other form grants nothing. */
export function namesIn(value: unknown, separator: RegExp | null = null): readonly string[] {
  if (typeof value === 'string')
    return (separator === null ? [value] : value.split(separator)).filter((entry) => entry !== '')
  if (!Array.isArray(value) || value.length > MAX_LIST) return []
  return value.every((entry) => typeof entry === 'string') ? (value as string[]) : []
}

export function textOf(claims: JsonObject, name: string): string | null {
  return textIn(own(claims, name))
}

export function listOf(claims: JsonObject, name: string, separator: RegExp | null = null): readonly string[] {
  return namesIn(own(claims, name), separator)
}

/** The untrusted value if it is an object, else an empty object. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

/**
 * Freezes deeply: principals are shared between handlers, and one handler's change must not reach the next. Removes own
 * `__proto__` members, as JSON may have them: they are a trap for whoever copies the object.
 */
export function deepFreeze<T>(value: T): T {
  // The elements of a buffer cannot be frozen; a schema may output one.
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  // Frozen before its members, because a schema's output may refer to itself.
  Object.freeze(value)
  for (const name of Object.keys(value)) deepFreeze((value as Record<string, unknown>)[name])
  return value
}
