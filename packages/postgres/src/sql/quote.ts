import { optionError } from '@dualauth/core/settings'

const MAX_BYTES = 63

/** A quoted name; any character but NUL is allowed. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A name as PostgreSQL would cut it off. */
export function cutName(name: string): string {
  const bytes = new TextEncoder().encode(name)
  if (bytes.length <= MAX_BYTES) return name
  return new TextDecoder().decode(bytes.subarray(0, MAX_BYTES)).replace(/\uFFFD+$/, '')
}

/** A quoted table, with its schema if it has one: `auth.users`. */
export function quoteTable(name: string): string {
  return name.split('.').map(quoteName).join('.')
}

/** @throws {AuthError} `configuration_invalid`: PostgreSQL would cut the name off, or refuse it. */
export function assertName(name: string, option: string): void {
  const parts = name.split('.')
  const isName = (part: string) =>
    part !== '' && !part.includes('\0') && part.isWellFormed() && new TextEncoder().encode(part).length <= MAX_BYTES
  if (parts.length > 2 || !parts.every(isName)) throw optionError(option, `must be a name of 1 to ${MAX_BYTES} bytes`)
}

/** Our own text as an SQL literal. Caller input is always a parameter. */
export function quoteLiteral(text: string): string {
  const doubled = text.replaceAll("'", "''")
  // A server setting decides what a backslash means between plain quotes.
  return text.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}

/** A PL/pgSQL block as one statement, whatever it contains. */
export function quoteBlock(body: string): string {
  let tag = '$dualauth$'
  while (body.includes(tag)) tag = `${tag.slice(0, -1)}_$`
  return `do ${tag}${body}${tag};`
}
