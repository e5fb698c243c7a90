import { quoteBlock, quoteLiteral, quoteName } from '../sql/quote.js'
import { commented, filledAgain, keptBack, renamingBack, retiredOf } from './rename-script.js'
import { nameOf, tableSql, type Retiring } from './retiring.js'
import type { Structure } from './structure.js'

/**
 * Refuses unless the quarantine is over; the mark says when it began.
 * @param one As named in quarantine.
 */
export function quarantineGuard(one: Retiring, days: number): string {
  const said =
    one.kind === 'table'
      ? `pg_catalog.obj_description(${quoteLiteral(tableSql(one))}::regclass, 'pg_class')`
      : `(select pg_catalog.col_description(attrelid, attnum) from pg_catalog.pg_attribute
    where attrelid = ${quoteLiteral(tableSql(one))}::regclass and attname = ${quoteLiteral(nameOf(one))})`
  return quoteBlock(` begin
  if coalesce((${said}::jsonb ->> 'at')::timestamptz, 'infinity') > pg_catalog.clock_timestamp() - interval '${days * 24} hours' then
    raise exception 'dualauth: %', ${quoteLiteral(`the quarantine of ${commented(one)} is not over: ${days} days after it was renamed`)};
  end if;
end `)
}

/**
 * Writes the values to files beside the script that only their owner can read, then drops.
 * @param all As named in quarantine.
 */
export function dropping(all: readonly Retiring[]): string {
  const tables = all.filter(({ kind }) => kind === 'table').map(tableSql)
  return [
    ...all.map((one) => {
      const what = (one.kind === 'table' ? one.filled : [...one.key, nameOf(one)]).map(quoteName).join(', ')
      const program = `'umask 077; cat > ${fileOf(one)}'`
      return String.raw`\copy (select ${what} from ${tableSql(one)}) to program ${program} with (format csv, header)`
    }),
    ...all
      .filter(({ kind }) => kind === 'column')
      .map((one) => `alter table ${tableSql(one)} drop column ${quoteName(nameOf(one))};`),
    // As one statement: they may refer to each other.
    ...(tables.length === 0 ? [] : [`drop table ${tables.join(', ')};`]),
  ].join('\n')
}

/**
 * Restores what was dropped, as it was before the renaming.
 * @param all As named when their structure was read.
 */
export function bringingBack(all: readonly (Retiring & { readonly structure: Structure })[]): string {
  return [
    ...all.flatMap(({ structure }) => structure.creating),
    ...all.flatMap((one) =>
      one.kind === 'table'
        ? [
            String.raw`\copy ${tableSql(one)} (${one.filled.map(quoteName).join(', ')}) from '${fileOf(retiredOf(one))}' with (format csv, header)`,
          ]
        : columnBack(one),
    ),
    ...all.flatMap(({ structure }) => structure.finishing),
    ...all.flatMap(({ structure }) => structure.referencing),
    ...all.flatMap((one) => (one.was === null ? [...filledAgain(one), ...keptBack(one)] : [renamingBack(one)])),
  ].join('\n')
}

function columnBack(one: Retiring): readonly string[] {
  const column = quoteName(nameOf(one))
  const key = one.key.map(quoteName)
  const table = tableSql(one)
  return [
    `create temporary table dualauth_back on commit drop as select ${[...key, column].join(', ')} from ${table} where false;`,
    String.raw`\copy pg_temp.dualauth_back from '${fileOf(retiredOf(one))}' with (format csv, header)`,
    `update ${table} as t set ${column} = b.${column} from pg_temp.dualauth_back b where ${key.map((name) => `t.${name} = b.${name}`).join(' and ')};`,
    `drop table pg_temp.dualauth_back;`,
  ]
}

/** Two names never share a file: characters other than letters and digits are written as their bytes. */
function fileOf(one: Retiring): string {
  const was = one.kind === 'table' ? [one.schema, one.was] : [one.schema, one.table, one.was]
  return `${was.map((part) => (part ?? '').replaceAll(/[^\p{L}\p{N}_-]/gu, bytesOf)).join('.')}.csv`
}

function bytesOf(character: string): string {
  return Array.from(new TextEncoder().encode(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}
