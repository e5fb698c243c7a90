import * as z from 'zod/mini'

/**
 * A verifier's issuer is exact, or a pattern with one named part for a whole path segment:
 * `https://login.microsoftonline.com/{tenantid}/v2.0`.
 */
const NAMED_PART = /\{[A-Za-z]\w*\}/
const PATTERN = /^[a-z]+:\/\/[^/{}]+\/(?:[^{}]*\/)?\{[A-Za-z]\w*\}(?:\/[^{}]*)?$/
/** The allowed value of the named part: an id without characters that are special in a URL. */
const SEGMENT = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/

/** The schema of an issuer that must not be a pattern: braces would be accepted silently and match nothing. */
export const exactIssuer: z.ZodMiniType<string> = z
  .string('an exact issuer, without braces; `oidc` takes patterns')
  .check(z.regex(/^[^{}]+$/))

/** Matches every token that names an issuer; a function of the app then decides. */
export const ANY_ISSUER = '{issuer}'

/** Whether a text is an exact issuer, a pattern, or has braces where a pattern cannot. */
export function kindOfIssuer(text: string): 'exact' | 'pattern' | 'wrong' {
  if (!/[{}]/.test(text)) return 'exact'
  return PATTERN.test(text) ? 'pattern' : 'wrong'
}

/** The value of the pattern's named part in an issuer; null if the pattern does not match. */
export function namedPart(pattern: string, issuer: string): string | null {
  const { before, after } = sidesOf(pattern)
  if (!issuer.startsWith(before) || !issuer.endsWith(after)) return null
  // Empty if the two sides overlap.
  const part = issuer.slice(before.length, issuer.length - after.length)
  return SEGMENT.test(part) ? part : null
}

/** The pattern with a word in place of its named part. */
export function withNamedPart(pattern: string, word: string): string {
  return pattern.replace(NAMED_PART, word)
}

/** Whether an unverified `iss` is one of these. */
export function namesIssuer(issuers: readonly string[], issuer: unknown): boolean {
  if (typeof issuer !== 'string') return false
  return issuers.some((each) => {
    if (!each.includes('{')) return each === issuer
    return each === ANY_ISSUER || namedPart(each, issuer) !== null
  })
}

/** Whether an issuer could match both. */
export function issuersMeet(a: readonly string[], b: readonly string[]): boolean {
  return a.some((one) => b.some((other) => issuerMeets(one, other)))
}

function issuerMeets(a: string, b: string): boolean {
  if (!a.includes('{')) return namesIssuer([b], a)
  if (!b.includes('{')) return namesIssuer([a], b)
  const [one, other] = [sidesOf(a), sidesOf(b)]
  const starts = one.before.startsWith(other.before) || other.before.startsWith(one.before)
  return starts && (one.after.endsWith(other.after) || other.after.endsWith(one.after))
}

function sidesOf(pattern: string): { readonly before: string; readonly after: string } {
  const [before = '', after = ''] = pattern.split(NAMED_PART)
  return { before, after }
}
