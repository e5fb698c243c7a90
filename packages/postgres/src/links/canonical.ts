import type { Plan } from '../accounts/plan.js'

/**
 * SQL of an id in its one spelling: `ABC…` and `abc…` are one uuid, and would be two texts. That of the row, where it is
 * there; else as its type writes it.
 */
export function canonical({ existing, id }: Pick<Plan, 'existing' | 'id'>, parameter: string): string {
  return `coalesce(${existing(parameter)}, ${parameter}::text::${id.type}::text)`
}
