/**
 * Bounded: several values of one name are normal after a cookie changes its domain or path, but sibling subdomains can
 * also set them.
 */
export const MAX_VALUES_PER_COOKIE = 3

/**
 * Values of the wanted cookies by name, in the order sent, without duplicates. Names are exact after trimming spaces
 * and tabs; several `Cookie` fields (HTTP/2) are one list.
 *
 * @param most Maximum number of values per name; one more shows that there are too many. `Infinity` reads all.
 * @see RFC 6265 section 5.4, RFC 9113 section 8.2.3
 */
export function readCookies(
  fields: readonly string[],
  wanted: (name: string) => boolean,
  most: number = MAX_VALUES_PER_COOKIE,
): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const field of fields) {
    for (let start = 0; start <= field.length;) {
      const semicolon = field.indexOf(';', start)
      const end = semicolon === -1 ? field.length : semicolon
      readPair(field, start, end, wanted, found, most)
      start = end + 1
    }
  }
  // Deduplicated at the end, because comparing each with all before it would be quadratic.
  if (most === Number.POSITIVE_INFINITY) for (const [name, values] of found) found.set(name, [...new Set(values)])
  return found
}

function readPair(
  field: string,
  start: number,
  end: number,
  wanted: (name: string) => boolean,
  found: Map<string, string[]>,
  most: number,
): void {
  const equals = field.indexOf('=', start)
  if (equals === -1 || equals >= end) return
  const name = trimSpaceAndTab(field.slice(start, equals))
  if (!wanted(name)) return
  const value = unquote(trimSpaceAndTab(field.slice(equals + 1, end)))
  if (value === '') return
  const values = found.get(name)
  if (values === undefined) found.set(name, [value])
  // One more than allowed shows that there are too many; comparing all of them would be quadratic.
  else if (most === Number.POSITIVE_INFINITY || (values.length <= most && !values.includes(value))) values.push(value)
}

/** Not `String.trim`, which also removes U+00A0 and similar characters and would accept a foreign name as ours. */
export function trimSpaceAndTab(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpaceOrTab(text.charCodeAt(start))) start++
  while (end > start && isSpaceOrTab(text.charCodeAt(end - 1))) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

function isSpaceOrTab(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function unquote(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}

/** Percent-decodes. A malformed encoding is returned unchanged instead of throwing. */
export function percentDecode(value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
