/** How the new side would have decided otherwise than the old one did. */
export const SHADOW_CLASSES = [
  'different_user',
  'different_organization',
  'only_new_accepts',
  'privilege_gain',
  'only_old_accepts',
  'privilege_loss',
  'expiry_differs',
  'missing',
  'deactivated',
  'new_error',
  'new_timeout',
] as const

/**
 * - `different_user`: the new side takes the caller for somebody else.
 * - `different_organization`: the new side acts for another organization, or for one where the old side acts for none, or the reverse.
 * - `only_new_accepts`: the old side refuses the person, whom the new side lets in.
 * - `privilege_gain`, `privilege_loss`: the new side grants more, or less.
 * - `only_old_accepts`: the new side refuses its own credential.
 * - `expiry_differs`: the credential of the old side has expired, that of the new side has not.
 * - `missing`, `deactivated`: what the new side's directory says of the person.
 * - `new_error`, `new_timeout`: the new side could not tell, or not in time.
 */
export type ShadowClass = (typeof SHADOW_CLASSES)[number]

/** What was compared: a second credential of the same request, the new side's account, or its role map. */
export type ShadowComparison = 'paired' | 'directory' | 'permission'

/** Somebody would get at what is not theirs. */
const CRITICAL: readonly ShadowClass[] = [
  'different_user',
  'different_organization',
  'only_new_accepts',
  'privilege_gain',
]

export function isCritical(one: ShadowClass): boolean {
  return CRITICAL.includes(one)
}

/** Nothing was compared: nobody can tell. */
export function isUnknown(one: ShadowClass): boolean {
  return one === 'new_error' || one === 'new_timeout'
}

/** One difference between the two sides. */
export interface Difference {
  readonly class: ShadowClass
  /** Those that are gained or lost, in order; empty for other classes. */
  readonly permissions: readonly string[]
}

export function difference(one: ShadowClass, permissions: readonly string[] = []): Difference {
  return { class: one, permissions }
}
