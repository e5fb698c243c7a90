/** Words of placeholders: a secret without them must not be almost empty. */
const PLACEHOLDER =
  /please|replace|change|your|super|secret|signing|auth|jwt|token|key|password|placeholder|default|example|development|production|testing|cookie|session|workos|this|with|only|random|string|least|more|long|characters?|chars?|bits?|bytes?|256|384|512|32|64|test|prod|dev|for|the|min|me|my|in|is|of|or|at|a|[-_ .,:!]/gi

const DISTINCT = 8
const LONGEST_UNIT = 16

/**
 * Whether a secret is guessable although it is long: few different characters, a repeated word, or only placeholder
 * words and runs such as `abc` and `123`. Random hex, base64 and bytes never are.
 */
export function isGuessable(text: string): boolean {
  return new Set(text).size < DISTINCT || repeatsItself(text) || withoutRuns(text.replace(PLACEHOLDER, '')) < DISTINCT
}

/** How many characters do not simply continue a run such as `abc`. */
function withoutRuns(text: string): number {
  let left = 0
  for (let i = 0; i < text.length; i++) if (i === 0 || text.charCodeAt(i) !== text.charCodeAt(i - 1) + 1) left++
  return left
}

function repeatsItself(text: string): boolean {
  for (let unit = 1; unit <= LONGEST_UNIT && unit * 2 <= text.length; unit++)
    if (text.startsWith(text.slice(unit))) return true
  return false
}
