/**
 * The stages of a migration, from start to end. Accepting and issuing are separate: the stage decides which credentials
 * are accepted; in `dual` and `prefer-new`, the rollout decides for whom the new side issues.
 */
export const STAGES = ['off', 'shadow', 'dual', 'prefer-new', 'new-only', 'retired'] as const

/**
 * - `off`: the old side only.
 * - `shadow`: like `off` on the response path; in the background, the decisions of the new side are compared
 *   (`migration.shadow`).
 * - `dual`: both sides are accepted.
 * - `prefer-new`: both are accepted, and answers to the old side announce its end.
 * - `new-only`: the old side is verified, counted and refused (`legacy_retired`).
 * - `retired`: the old side is recognised by its shape and refused; none of its keys is loaded.
 */
export type Stage = (typeof STAGES)[number]

/** One side of a migration. */
export type Side = 'old' | 'new'

/** How a stage treats the credentials of each side, and which side issues. */
export interface StageRule {
  /** `recognised`: refused by its shape, without being verified. */
  readonly old: 'accepted' | 'refused' | 'recognised'
  /** `idle`: refused without being verified. */
  readonly new: 'accepted' | 'idle'
  /** `cohort`: the rollout decides for whom the new side issues. */
  readonly issues: 'old' | 'cohort' | 'new'
  /** Whether answers to the old side announce its end. */
  readonly announces: boolean
}

export const STAGE_RULES: Readonly<Record<Stage, StageRule>> = {
  off: { old: 'accepted', new: 'idle', issues: 'old', announces: false },
  shadow: { old: 'accepted', new: 'idle', issues: 'old', announces: false },
  dual: { old: 'accepted', new: 'accepted', issues: 'cohort', announces: false },
  'prefer-new': { old: 'accepted', new: 'accepted', issues: 'cohort', announces: true },
  'new-only': { old: 'refused', new: 'accepted', issues: 'new', announces: false },
  retired: { old: 'recognised', new: 'accepted', issues: 'new', announces: false },
}

/** The position of a stage. Higher is closer to the end. */
export function placeOfStage(stage: Stage): number {
  return STAGES.indexOf(stage)
}
