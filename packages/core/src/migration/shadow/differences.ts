/** How the new side would have decided differently from the old side. */
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
 * - `different_user`: the new side identifies the caller as somebody else.
 * - `different_organization`: the sides act for different organizations, or only one of them acts for an organization.
 * - `only_new_accepts`: the old side refuses a person whom the new side lets in.
 * - `privilege_gain`, `privilege_loss`: the new side grants more, or less.
 * - `only_old_accepts`: the new side refuses its own credential.
 * - `expiry_differs`: the old side's credential has expired, the new side's has not.
 * - `missing`, `deactivated`: what the new side's directory says about the person.
 * - `new_error`, `new_timeout`: the new side failed, or did not answer in time.
 */
export type ShadowClass = (typeof SHADOW_CLASSES)[number]

/** What was compared: a second credential of the same request, the new side's account, or its role map. */
export type ShadowComparison = 'paired' | 'directory' | 'permission'

/** Differences that would give somebody access to what is not theirs. */
const CRITICAL: readonly ShadowClass[] = [
  'different_user',
  'different_organization',
  'only_new_accepts',
  'privilege_gain',
]

export function isCritical(one: ShadowClass): boolean {
  return CRITICAL.includes(one)
}

/** Whether nothing could be compared. */
export function isUnknown(one: ShadowClass): boolean {
  return one === 'new_error' || one === 'new_timeout'
}

/** One difference between the two sides. */
export interface Difference {
  readonly class: ShadowClass
  /** Permissions gained or lost, in order; empty for other classes. */
  readonly permissions: readonly string[]
}

export function difference(one: ShadowClass, permissions: readonly string[] = []): Difference {
  return { class: one, permissions }
}
