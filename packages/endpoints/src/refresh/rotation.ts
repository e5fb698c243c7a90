import { AuthError, type DualAuth } from '@dualauth/core'
import type { Families, Family } from './families.js'
import type { IssuedTokens } from './issued-token.js'
import type { BodyTokens } from './options.js'

/** What the replacing of refresh tokens is made of. */
export interface Rotation extends Omit<BodyTokens, 'onError'> {
  readonly auth: DualAuth
  readonly now: () => number
  readonly tokens: IssuedTokens
  readonly families: Families
  onError(cause: unknown): void
  /** The provider has no way to end what was ended here. */
  unsupported(): void
  /** A refresh token that was given here is of a family that nobody knows any more. */
  forgotten(): void
  /**
   * Ends a family here and at the provider.
   *
   * @throws {AuthError} `store_unavailable`
   */
  end(id: string, family: Family, presented?: string | null): Promise<void>
}

/** Nobody can tell: for the operator to read, and no word of it to the client. */
export function outage({ onError }: Rotation, cause: Error): AuthError {
  onError(cause)
  return new AuthError('verifier_unavailable', { cause })
}

/** A logger that fails must not turn an answer into another one. */
export function discreet<T>(listener: ((value: T) => void) | undefined): (value: T) => void {
  return (value) => {
    try {
      listener?.(value)
    } catch {
      // It is the app's own.
    }
  }
}
