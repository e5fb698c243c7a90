import * as z from 'zod/mini'
import { moment, type Acceptance } from '../../settings/acceptance.js'
import { grant } from '../../settings/grant.js'
import { object, text } from '../../settings/schemas.js'
import { SHADOW_CLASSES, type Difference, type ShadowClass } from './differences.js'

/** A known, intended difference. From `until` on it counts again, and one event reports that. */
export interface ShadowIgnore extends Acceptance {
  readonly class: ShadowClass
  /** Only this permission, as named in the event. Default: the whole class. */
  readonly permission?: string
}

export const shadowIgnore: z.ZodMiniType<ShadowIgnore> = object({
  class: z.enum(SHADOW_CLASSES, `one of ${SHADOW_CLASSES.join(', ')}`),
  permission: z.exactOptional(grant),
  reason: text,
  until: moment,
})

/** What remains of a difference after the current rules; null if nothing. */
export type Unignored = (difference: Difference) => Difference | null

/** @param ended Called once for each ended rule, at the first difference after its end. */
export function createIgnoring(
  rules: readonly ShadowIgnore[],
  now: () => number,
  ended: (rule: ShadowIgnore) => void,
): Unignored {
  let current = rules
  return (difference) => {
    const at = now()
    const over = current.filter(({ until }) => Date.parse(until) <= at)
    if (over.length > 0) {
      current = current.filter((rule) => !over.includes(rule))
      over.forEach(ended)
    }
    const holding = current.filter((rule) => rule.class === difference.class)
    if (holding.length === 0) return difference
    if (holding.some(({ permission }) => permission === undefined)) return null
    const permissions = difference.permissions.filter((name) => !holding.some(({ permission }) => permission === name))
    if (permissions.length === difference.permissions.length) return difference
    return permissions.length === 0 ? null : { ...difference, permissions }
  }
}
