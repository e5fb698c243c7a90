import type { DualAuth } from './dual-auth.js'
import type { Principal } from './identity/principal.js'

/**
 * Augment once to type the default instance everywhere:
 *
 *     declare module '@dualauth/core' { interface Register { auth: typeof auth } }
 */
// oxlint-disable-next-line no-empty-interface -- an interface, because only interfaces can be augmented
export interface Register {}

/** The registered instance; `DualAuth` where none is registered. */
export type RegisteredAuth = Register extends { auth: infer A } ? A : DualAuth

/** The principals of an instance: `PrincipalOfAuth<typeof auth>`. */
export type PrincipalOfAuth<A> = A extends DualAuth<infer P> ? P : never

/** The union of principals of the registered instance; `Principal` where none is registered. */
export type RegisteredPrincipal = Register extends { auth: infer A } ? PrincipalOfAuth<A> : Principal
