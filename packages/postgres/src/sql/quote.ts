import { optionError } from '@dualauth/core/settings'

const MAX_BYTES = 63

/** A name as PostgreSQL takes it, with any character in it but NUL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** What PostgreSQL would cut a longer name off to. */
export function cutName(name: string): string {
  const bytes = new TextEncoder().encode(name)
  if (bytes.length <= MAX_BYTES) return name
  return new TextDecoder().decode(bytes.subarray(0, MAX_BYTES)).replace(/\uFFFD+$/, '')
}

/** A table, with its schema in front where it has one: `auth.users`. */
export function quoteTable(name: string): string {
  return name.split('.').map(quoteName).join('.')
}

/** @throws {AuthError} `configuration_invalid`: PostgreSQL would cut the name off, or not take it at all. */
export function assertName(name: string, option: string): void {
  const parts = name.split('.')
  const isName = (part: string) =>
    part !== '' && !part.includes('\0') && part.isWellFormed() && new TextEncoder().encode(part).length <= MAX_BYTES
  if (parts.length > 2 || !parts.every(isName)) throw optionError(option, `must be a name of 1 to ${MAX_BYTES} bytes`)
}

/** A text of our own as a literal of SQL. What a caller sent is always a parameter. */
export function quoteLiteral(text: string): string {
  const doubled = text.replaceAll("'", "''")
  // What a backslash means between plain quotes is a setting of the server.
  return text.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}

/** A block of PL/pgSQL as one statement, whatever stands in it. */
export function quoteBlock(body: string): string {
  let tag = '$dualauth$'
  while (body.includes(tag)) tag = `${tag.slice(0, -1)}_$`
  return `do ${tag}${body}${tag};`
}
