import * as crypto from '#crypto'
import { isPlainError } from '../errors/plain-error.js'
import { percentDecode } from '../http/cookies.js'
import type { Presented } from '../route/shape.js'

/** Shorter parts of a credential are not secret and may occur in any text. */
const SECRET_LENGTH = 16
/** An error may refer to large parts of the application, such as its client's sockets. */
const MAX_VALUES = 2_000
const MAX_OURS = 4
/** Not every engine makes these own members of the error. */
const OF_ERRORS = ['name', 'message', 'stack', 'cause']

/**
 * An error of a driver or client may quote its parameters, including the credential or its hash. Such a cause is
 * replaced by one that keeps only its name and code, and our own words about what was asked. So is a cause that cannot
 * be checked.
 */
export async function safeCause(cause: unknown, { value, jwt }: Presented): Promise<unknown> {
  const decoded = percentDecode(value)
  const token = jwt() === null ? [decoded.slice(0, decoded.lastIndexOf('.'))] : []
  const hash = await crypto.sha256(value)
  return causeWithout(cause, [value, decoded, ...token, hash])
}

/** The same of an error that must quote none of these. */
export function causeWithout(cause: unknown, quoted: readonly string[]): unknown {
  const secrets = quoted.filter((secret) => secret.length >= SECRET_LENGTH)
  try {
    if (!quotes(cause, secrets)) return cause
    const { ours, thrown } = partedOf(cause)
    const { name, code } = (thrown ?? {}) as { readonly name?: unknown; readonly code?: unknown }
    const isSafe = (text: string): boolean => !secrets.some((secret) => text.includes(secret))
    const words = [name, code].filter((word) => typeof word === 'string').filter(isSafe)
    const asked = ours.filter(isSafe)
    return new Error([...asked, `a source failed with ${words.join(' ')}`].join(': '))
  } catch {
    return new Error('a source failed with what cannot be read')
  }
}

/** Separates our own messages in front, which say what was asked, from what was thrown. */
function partedOf(cause: unknown): { readonly ours: readonly string[]; readonly thrown: unknown } {
  const ours: string[] = []
  let thrown = cause
  for (; isPlainError(thrown) && ours.length < MAX_OURS; thrown = thrown.cause) ours.push(thrown.message)
  return { ours, thrown }
}

/** Whether anything that a logger might print of it contains a secret; true if that is unknown. */
function quotes(cause: unknown, secrets: readonly string[]): boolean {
  const seen = new WeakSet()
  const left = [cause]
  for (let walked = 0; left.length > 0; walked++) {
    if (walked === MAX_VALUES) return true
    const value = left.pop()
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') {
      const text = String(value)
      if (secrets.some((secret) => text.includes(secret))) return true
    } else if (!seen.has(value)) {
      seen.add(value)
      const parts = partsOf(value)
      if (parts === null) return true
      for (const part of parts) left.push(part)
    }
  }
  return false
}

/** Null for a value that shows a logger more than its own members, such as the headers of a fetch. */
function partsOf(value: object): readonly unknown[] | null {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return [new TextDecoder().decode(value as Uint8Array)]
  const members = Reflect.ownKeys(value).flatMap((key) => [key, memberOf(value, key)])
  if (value instanceof Map) return [...members, ...[...value].flat()]
  if (value instanceof Set) return [...members, ...value]
  if (value instanceof Error) return [...members, ...OF_ERRORS.map((key) => memberOf(value, key))]
  if (Symbol.toStringTag in value && typeof value !== 'function') return null
  return 'toJSON' in value && typeof value.toJSON === 'function' ? [...members, value.toJSON()] : members
}

function memberOf(value: object, key: string | symbol): unknown {
  return (value as Record<string | symbol, unknown>)[key]
}
