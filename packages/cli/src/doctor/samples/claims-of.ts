/** Unverified header and claims of a value that looks like a JWT, to describe it. Null for anything else. */
export function unverifiedJwt(value: string): {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
} | null {
  const [head = '', body = '', ...rest] = value.split('.')
  if (rest.length !== 1) return null
  const header = objectOf(head)
  const claims = objectOf(body)
  return header === null || claims === null ? null : { header, claims }
}

/** In seconds, the year 5138; in milliseconds, the year 1973. */
const SURELY_MILLISECONDS = 1e11

/** Names of the date claims that are in milliseconds. */
export function datesInMilliseconds(claims: Readonly<Record<string, unknown>>): readonly string[] {
  return ['exp', 'iat', 'nbf'].filter((name) => {
    const value = claims[name]
    return typeof value === 'number' && value >= SURELY_MILLISECONDS
  })
}

function objectOf(segment: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
