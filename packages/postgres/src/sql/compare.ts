import type { Column } from './describe-tables.js'
import { isWhole } from './id-column.js'

/** The schema with the operators of a column's type, quoted. */
type Compared = Pick<Column, 'operators'>

/**
 * An operator of PostgreSQL itself, or of the extension that made the type. An unqualified operator on a `varchar`,
 * enum or domain could be one that anybody created in the search path.
 */
export function operatorOf({ operators }: Compared, name: '=' | '<'): string {
  return `operator(${operators}.${name})`
}

/** Compares a column with a value of its type. */
export function equalsSql(column: string, of: Compared, value: string): string {
  return `${column} ${operatorOf(of, '=')} ${value}`
}

/** Compares an id column with another, perhaps of another type, such that the first one's index is used. */
export function sameId(left: string, of: Compared & Pick<Column, 'type'>, right: string, rightType: string): string {
  // Integers of all sizes share their indexes, and a cast to a smaller one fails.
  const isSame = of.type === rightType || (isWhole(of.type) && isWhole(rightType))
  return equalsSql(left, of, isSame ? right : `${right}::${of.type}`)
}
