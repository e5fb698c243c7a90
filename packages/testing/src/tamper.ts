/**
 * Forges a credential: the same form, but one letter of its signature or secret is changed. Works for JWTs, sealed
 * sessions, signed cookies and bearers, API keys and `name=value` pairs.
 */
export function tamper(credential: string): string {
  const end = credential.length - KEPT
  for (let i = end; i > 0; i--) {
    const letter = credential.charAt(i)
    // Inside a percent-escape, another letter might not be a valid escape.
    const escaped = credential.charAt(i - 1) === '%' || credential.charAt(i - 2) === '%'
    if (!escaped && /[A-Za-z0-9]/.test(letter))
      return credential.slice(0, i) + otherThan(letter) + credential.slice(i + 1)
  }
  throw new TypeError('tamper: the text is too short to be a credential')
}

/** Forges a JWT: other claims with the signature of the genuine one. A claim whose value is `undefined` is removed. */
export function withClaims(jwt: string, claims: Readonly<Record<string, unknown>>): string {
  const [header, payload, signature] = jwt.split('.') as [string, string, string]
  const genuine = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const forged = Buffer.from(JSON.stringify({ ...genuine, ...claims })).toString('base64url')
  return `${header}.${forged}.${signature}`
}

/**
 * Characters at the end that stay unchanged: the last one of a base64 text may contain unused bits, and `~2` is a
 * version.
 */
const KEPT = 8

function otherThan(letter: string): string {
  if (/[0-9]/.test(letter)) return letter === '7' ? '8' : '7'
  const base = letter === letter.toUpperCase() ? 'Q' : 'q'
  return letter === base ? String.fromCharCode(base.charCodeAt(0) + 1) : base
}
