import type { LinkInput } from '@dualauth/core'

/**
 * An identity as the callbacks of `accounts` receive it: for every verifier, its claims are an object of unknown
 * values.
 */
export type AccountIdentity = Omit<LinkInput, 'claims'> & { readonly claims: Readonly<Record<string, unknown>> }

/** What a callback receives. */
export function accountIdentity(identity: LinkInput): AccountIdentity {
  return { ...identity, claims: claimsOf(identity.claims) }
}

/** A verifier may give no claims. */
export function claimsOf(claims: unknown): Readonly<Record<string, unknown>> {
  return typeof claims === 'object' && claims !== null ? (claims as Readonly<Record<string, unknown>>) : {}
}
