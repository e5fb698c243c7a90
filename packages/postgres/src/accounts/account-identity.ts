import type { LinkInput } from '@dualauth/core'

/** An identity as the callbacks of `accounts` get it: whichever verifier it is of, its claims are an object of unknown values. */
export type AccountIdentity = Omit<LinkInput, 'claims'> & { readonly claims: Readonly<Record<string, unknown>> }

/** What a callback is asked about. */
export function accountIdentity(identity: LinkInput): AccountIdentity {
  return { ...identity, claims: claimsOf(identity.claims) }
}

/** A verifier may state none. */
export function claimsOf(claims: unknown): Readonly<Record<string, unknown>> {
  return typeof claims === 'object' && claims !== null ? (claims as Readonly<Record<string, unknown>>) : {}
}
