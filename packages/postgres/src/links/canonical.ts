import type { Plan } from '../accounts/plan.js'

/**
 * SQL of an id in its one spelling: `ABC…` and `abc…` are the same uuid, but would be two texts. Spelled as in the row
 * if there is one, else as its type writes it.
 */
export function canonical({ existing, id }: Pick<Plan, 'existing' | 'id'>, parameter: string): string {
  return `coalesce(${existing(parameter)}, ${parameter}::text::${id.type}::text)`
}
