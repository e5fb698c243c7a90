/** Why PostgreSQL refused, as its five characters; null where nobody says so. Of errors that `discreetQuery` has read. */
export function sqlStateOf(error: unknown): string | null {
  const code: unknown = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' && /^[\dA-Z]{5}$/.test(code) ? code : null
}

export const UNIQUE_VIOLATION = '23505'
export const NOT_NULL_VIOLATION = '23502'
export const CHECK_VIOLATION = '23514'
export const DIVISION_BY_ZERO = '22012'
/** Such as a text that fits into no index. */
export const TOO_LARGE = '54000'
/** It ran for longer than `statement_timeout` grants, or somebody canceled it. */
export const CANCELED = '57014'
