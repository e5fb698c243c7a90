import type { Column } from './describe-tables.js'
import { isWhole } from './id-column.js'

/** Where the operators of a column's type are: in which schema, quoted. */
type Compared = Pick<Column, 'operators'>

/**
 * An operator of PostgreSQL itself, or of the extension that made the type. By its name alone, a column that is a
 * `varchar`, an enum or a domain would be compared by the operator of anybody who may create one in the search path.
 */
export function operatorOf({ operators }: Compared, name: '=' | '<'): string {
  return `operator(${operators}.${name})`
}

/** Compares a column with a value of its type. */
export function equalsSql(column: string, of: Compared, value: string): string {
  return `${column} ${operatorOf(of, '=')} ${value}`
}

/** Compares a column of ids with another of perhaps another type, so that the index of the first is used. */
export function sameId(left: string, of: Compared & Pick<Column, 'type'>, right: string, rightType: string): string {
  // Whole numbers of all sizes share their indexes, and a cast to a smaller one fails.
  const isSame = of.type === rightType || (isWhole(of.type) && isWhole(rightType))
  return equalsSql(left, of, isSame ? right : `${right}::${of.type}`)
}
