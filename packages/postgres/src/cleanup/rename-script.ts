import { quoteBlock, quoteLiteral, quoteName } from '../sql/quote.js'
import { nameOf, retiredName, tableSql, type Grant, type Mark, type Retiring } from './retiring.js'

/** The statements that put one table or column into quarantine. */
export function renaming(one: Retiring): string {
  const { kind, column, kept } = one
  const table = tableSql(one)
  const retired = quoteName(retiredName(nameOf(one)))
  const mark: Mark = { by: 'dualauth cleanup', was: nameOf(one), kept }
  const steps =
    kind === 'table'
      ? [
          ...rolesOf(kept.grants).map((role) => `revoke all on table ${table} from ${role};`),
          `alter table ${table} rename to ${retired};`,
        ]
      : [
          // The application no longer fills it.
          ...(kept.isNotNull ? [`alter table ${table} alter column ${quoteName(column ?? '')} drop not null;`] : []),
          ...kept.grants.map(
            ({ role, privilege }) =>
              `revoke ${privilege} (${quoteName(column ?? '')}) on table ${table} from ${roleSql(role)};`,
          ),
          `alter table ${table} rename column ${quoteName(column ?? '')} to ${retired};`,
        ]
  return [...steps, marking(retiredOf(one), quoteLiteral(JSON.stringify(mark)))].join('\n')
}

/** The statements that take it out again; it is named as in quarantine. */
export function renamingBack(one: Retiring): string {
  const { kind } = one
  const was = one.was ?? nameOf(one)
  const after = kind === 'table' ? { ...one, table: was } : { ...one, column: was }
  const table = tableSql(after)
  return [
    kind === 'table'
      ? `alter table ${tableSql(one)} rename to ${quoteName(was)};`
      : `alter table ${table} rename column ${quoteName(nameOf(one))} to ${quoteName(was)};`,
    ...filledAgain(after),
    ...keptBack(after),
  ].join('\n')
}

/** Its comment and its grants. */
export function keptBack(one: Retiring): readonly string[] {
  const { kept } = one
  const comment = kept.comment === null ? 'null' : quoteLiteral(kept.comment)
  return [
    `comment on ${commented(one)} is ${comment};`,
    ...kept.grants.map(({ role, privilege, column, isGrantable }) => {
      const named = one.kind === 'column' ? one.column : column
      const what = named === null ? privilege : `${privilege} (${quoteName(named)})`
      return `grant ${what} on table ${tableSql(one)} to ${roleSql(role)}${isGrantable ? ' with grant option' : ''};`
    }),
  ]
}

/** As it is named in quarantine. */
export function retiredOf(one: Retiring): Retiring {
  if (one.was !== null) return one
  const retired = retiredName(nameOf(one))
  return one.kind === 'table'
    ? { ...one, table: retired, was: one.table }
    : { ...one, column: retired, was: one.column }
}

export function commented(one: Retiring): string {
  return one.kind === 'table' ? `table ${tableSql(one)}` : `column ${tableSql(one)}.${quoteName(one.column ?? '')}`
}

function marking(one: Retiring, mark: string): string {
  return quoteBlock(` begin
  execute ${quoteLiteral(`comment on ${commented(one)} is `)} || pg_catalog.quote_literal(
    ${mark}::jsonb || pg_catalog.jsonb_build_object('at', pg_catalog.clock_timestamp()));
end `)
}

/**
 * Makes a column NOT NULL again if it was. If rows without a value were written in between, it warns instead of
 * failing.
 */
export function filledAgain(one: Retiring): readonly string[] {
  if (one.column === null || !one.kept.isNotNull) return []
  const [table, name] = [tableSql(one), quoteName(one.column)]
  return [
    quoteBlock(` begin
  if exists (select from ${table} where ${name} is null) then
    raise warning 'dualauth: rows without a value were written in the meantime; fill them, then: alter table ... set not null';
  else
    alter table ${table} alter column ${name} set not null;
  end if;
end `),
  ]
}

function rolesOf(grants: readonly Grant[]): readonly string[] {
  return [...new Set(grants.map(({ role }) => roleSql(role)))]
}

function roleSql(role: string | null): string {
  return role === null ? 'public' : quoteName(role)
}
