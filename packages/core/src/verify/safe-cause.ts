import * as crypto from '#crypto'
import { percentDecode } from '../extract/cookies.js'
import type { Presented } from '../route/shape.js'

/** Shorter parts of a credential are no secret, and stand in any text. */
const SECRET_LENGTH = 16

/**
 * What a driver or a client threw may quote its parameters, and with them the credential or its
 * hash. Such a cause is replaced by one that keeps only its name and code.
 */
export async function safeCause(cause: unknown, { value, jwt }: Presented): Promise<unknown> {
  const decoded = percentDecode(value)
  const token = jwt() === null ? [decoded.slice(0, decoded.lastIndexOf('.'))] : []
  const hash = await crypto.sha256(value)
  const secrets = [value, decoded, ...token, hash].filter((secret) => secret.length >= SECRET_LENGTH)
  const text = textOf(cause, 0)
  if (!secrets.some((secret) => text.includes(secret))) return cause
  const { name, code } = (cause ?? {}) as { readonly name?: unknown; readonly code?: unknown }
  return new Error(`a source failed with ${[name, code].filter((word) => typeof word === 'string').join(' ')}`)
}

/** Everything that a logger might print of it. */
function textOf(cause: unknown, depth: number): string {
  if (depth > 4) return ''
  if (!(cause instanceof Error)) return spelled(cause)
  const { message, stack, cause: inner, ...rest } = cause
  return [message, stack, spelled(rest), inner === undefined ? '' : textOf(inner, depth + 1)].join('\n')
}

function spelled(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  } catch {
    return String(value)
  }
}
