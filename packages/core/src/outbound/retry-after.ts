const MAX_SECONDS = 300

/**
 * Seconds of `Retry-After`, at most 300; null if there is none. HTTP dates are ignored.
 *
 * @param names Names of the field, if a service also has its own.
 * @see RFC 9110 section 10.2.3
 */
export function retryAfterOf(headers: Headers, names: readonly string[] = ['retry-after']): number | null {
  const field = names.map((name) => headers.get(name)).find((value) => value !== null && /^\d{1,9}$/.test(value))
  return field === undefined ? null : Math.min(Number(field), MAX_SECONDS)
}
