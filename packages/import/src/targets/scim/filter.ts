/**
 * Values are JSON texts, so that a quote or a backslash of theirs ends nothing.
 * @see RFC 7644 section 3.4.2.2
 */
export function equals(attribute: string, value: string): string {
  return `${attribute} eq ${JSON.stringify(value)}`
}

/** Without anything that must be escaped, which some directories read wrong: they refuse it, or find nothing. */
export function isPlain(value: string): boolean {
  return JSON.stringify(value) === `"${value}"`
}
