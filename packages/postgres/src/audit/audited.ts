/** Another part of a statement's WITH: writes an audit row for each row of `from`. */
export function auditedBy(
  from: string,
  row: {
    readonly event: string
    /** SQL; a parameter or a column. */
    readonly actor: string
    readonly subject: string
    readonly organization?: string
    readonly reason?: string
    /** SQL of type jsonb. */
    readonly data?: string
  },
): string {
  const { event, actor, subject, organization = 'null', reason = 'null', data = `'{}'::jsonb` } = row
  return `audited as (
  insert into dualauth.audit (actor, event, organization, subject, reason, data)
  select ${actor}, '${event}', ${organization}, ${subject}, ${reason}, ${data} from ${from}
)`
}
