/**
 * Values are JSON texts, so quotes or backslashes in them do not end anything.
 * @see RFC 7644 section 3.4.2.2
 */
export function equals(attribute: string, value: string): string {
  return `${attribute} eq ${JSON.stringify(value)}`
}

/** Needs no escaping. Some directories read escapes wrong: they refuse them, or find nothing. */
export function isPlain(value: string): boolean {
  return JSON.stringify(value) === `"${value}"`
}
