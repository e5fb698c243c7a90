/**
 * Where a migration stands, from its beginning to its end. Accepting and issuing are two switches: a stage says who is
 * accepted; within `dual` and `prefer-new` the rollout says who is issued the new credential.
 */
export const STAGES = ['off', 'shadow', 'dual', 'prefer-new', 'new-only', 'retired'] as const

/**
 * - `off`: the old side only.
 * - `shadow`: as `off` on the response path; beside it, what the new side would have decided is compared (`migration.shadow`).
 * - `dual`: both sides are accepted.
 * - `prefer-new`: both are accepted, and answers to the old side announce its end.
 * - `new-only`: the old side is verified, counted and refused (`legacy_retired`).
 * - `retired`: the old side is recognised by its shape and refused; none of its keys is loaded.
 */
export type Stage = (typeof STAGES)[number]

/** One side of a migration. */
export type Side = 'old' | 'new'

/** What a stage does with the credentials of each side, and which side issues. */
export interface StageRule {
  /** `recognised`: refused by its shape, without being verified. */
  readonly old: 'accepted' | 'refused' | 'recognised'
  /** `idle`: refused without being verified. */
  readonly new: 'accepted' | 'idle'
  /** `cohort`: the rollout says for whom the new side issues. */
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

/** How far a stage is: a higher place is closer to the end. */
export function placeOfStage(stage: Stage): number {
  return STAGES.indexOf(stage)
}
