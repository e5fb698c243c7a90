import { discreetQuery, type AuditSink, type Query } from '@dualauth/core'

/**
 * A sink for `createAudit` that adds its records to `dualauth.audit`, which also holds decisions about links, keys,
 * grants, conflicts, policies and imports. `dualauth.auth_audit_log` shows all of them. Requires `insert` on that
 * table.
 */
export function postgresAudit(query: Query): AuditSink {
  const ask = discreetQuery(query)
  return {
    async write(records) {
      await ask(INSERT, [JSON.stringify(records, storable)])
    },
  }
}

/** One id that PostgreSQL cannot store would block every record waiting with it. */
function storable(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd').toWellFormed() : value
}

const INSERT = `
insert into dualauth.audit (at, actor, event, organization, subject, reason, data)
select pg_catalog.to_timestamp(r.at / 1000::double precision), r.actor, r.event, r.organization, r.subject, r.reason, r.data
from pg_catalog.jsonb_to_recordset($1::text::jsonb)
  as r (at double precision, actor text, event text, organization text, subject text, reason text, data jsonb)`
