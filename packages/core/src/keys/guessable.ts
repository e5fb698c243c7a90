/** Words of placeholders: what is left of a secret without them must not be next to nothing. */
const PLACEHOLDER =
  /please|replace|change|your|super|secret|signing|auth|jwt|token|key|password|placeholder|default|example|development|production|testing|this|with|only|random|string|least|long|characters?|bits?|bytes?|256|384|512|1234567890|12345678|123456|test|prod|dev|for|the|min|me|my|in|at|[-_ .,:!]/gi

const DISTINCT = 8
const LONGEST_UNIT = 16

/**
 * Whether a secret is easy to guess although it is long: few characters, a word over and over, or
 * nothing but the words of a placeholder. Random hex, base64 and bytes never are.
 */
export function isGuessable(text: string): boolean {
  return new Set(text).size < DISTINCT || repeatsItself(text) || text.replace(PLACEHOLDER, '').length < DISTINCT
}

function repeatsItself(text: string): boolean {
  for (let unit = 1; unit <= LONGEST_UNIT && unit * 2 <= text.length; unit++)
    if (text.startsWith(text.slice(unit))) return true
  return false
}
