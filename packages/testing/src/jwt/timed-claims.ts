/** When a token is good; offsets are seconds from the issuer's now. */
export interface Lifetime {
  /** `exp`. Zero or less gives an expired token. */
  readonly expiresInSeconds?: number
  /** `nbf`: more than zero gives a token that is not good yet. Default: no `nbf`. */
  readonly notBeforeSeconds?: number
}

/** `iat`, `exp` and, where asked for, `nbf`. An expired token was issued before it expired. */
export function timedClaims(
  nowMs: number,
  { expiresInSeconds, notBeforeSeconds }: Lifetime,
  defaultSeconds: number,
): Record<string, number> {
  const now = Math.floor(nowMs / 1000)
  const exp = now + (expiresInSeconds ?? defaultSeconds)
  return {
    iat: Math.min(now, exp - defaultSeconds),
    ...(notBeforeSeconds === undefined ? {} : { nbf: now + notBeforeSeconds }),
    exp,
  }
}
