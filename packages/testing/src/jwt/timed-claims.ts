import { assertKnown, type Known } from '../known-options.js'

/** When a token is valid. Offsets are in seconds from the issuer's current time. */
export interface Lifetime {
  /** `exp`. Zero or less gives an expired token. */
  readonly expiresInSeconds?: number
  /** `nbf`: more than zero gives a token that is not valid yet. Default: no `nbf`. */
  readonly notBeforeSeconds?: number
}

const LIFETIME: Known<Lifetime> = { expiresInSeconds: true, notBeforeSeconds: true }

/** @throws {AuthError} `configuration_invalid`: an unknown option; the message names it. */
export function assertLifetime(lifetime: Lifetime, owner: string): void {
  assertKnown(lifetime, LIFETIME, owner)
}

/**
 * `iat`, `exp` and, if requested, `nbf`, followed by the claims. An expired token's `iat` is before its `exp`, whether
 * the lifetime or a claim makes it expire.
 */
export function timedClaims(
  nowMs: number,
  claims: Readonly<Record<string, unknown>>,
  { expiresInSeconds, notBeforeSeconds }: Lifetime,
  defaultSeconds: number,
): Record<string, unknown> {
  const now = Math.floor(nowMs / 1000)
  const exp = typeof claims['exp'] === 'number' ? claims['exp'] : now + (expiresInSeconds ?? defaultSeconds)
  return {
    iat: Math.min(now, exp - defaultSeconds),
    ...(notBeforeSeconds === undefined ? {} : { nbf: now + notBeforeSeconds }),
    exp,
    ...claims,
  }
}
