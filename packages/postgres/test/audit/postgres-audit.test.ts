import { createAudit } from '@dualauth/core'
import { beforeEach, expect, it } from 'vitest'
import { installSchema, listAudit, postgresAudit } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'

describeDatabases('postgresAudit', ({ query, run }) => {
  beforeEach(async () => {
    await installSchema(query)
    await run('truncate dualauth.audit')
  })

  it('keeps what was exchanged and refused beside what else was decided, and shows it as a log of sign-ins', async () => {
    const at = Date.parse('2026-03-01T10:00:00.123Z')
    const audit = createAudit({ sinks: [postgresAudit(query)], actor: "api-1'; --", now: () => at })
    audit.onEvent({
      type: 'exchanged',
      at,
      durationMs: 1,
      migration: 'm',
      from: 'legacy',
      to: 'better-auth',
      carrier: 'bearer',
      automatic: false,
      principalId: 'ada',
      organization: 'acme',
    })
    for (let times = 0; times < 3; times++)
      audit.onEvent({
        type: 'refused',
        at,
        durationMs: 1,
        code: 'credential_invalid',
        reason: 'signature',
        claim: null,
        verifier: 'legacy',
        carrier: 'bearer',
        policy: null,
      })
    await audit.close()
    expect(await listAudit(query)).toMatchObject([
      { at, event: 'requests.refused', subject: null, reason: 'signature', data: { count: 3 } },
      { at, actor: "api-1'; --", event: 'session.exchanged', subject: 'ada', organization: 'acme' },
    ])
    const log = `select event_type, auth_method, success::text, times::text, created_at = '2026-03-01T10:00:00.123Z' as exact
      from dualauth.auth_audit_log order by id`
    expect(await query(log, [])).toEqual([
      { event_type: 'session.exchanged', auth_method: 'better-auth', success: 'true', times: '1', exact: true },
      { event_type: 'requests.refused', auth_method: 'legacy', success: 'false', times: '3', exact: true },
    ])
  })

  it('one id that PostgreSQL cannot keep takes no other record with it', async () => {
    const write = (subject: string, organization: string | null = null) => ({
      at: 0,
      actor: 'api',
      event: 'credential.revoked',
      organization,
      subject,
      reason: null,
      data: { kind: 'principal', verifier: subject },
    })
    await postgresAudit(query).write([write('eve\0\ud800', '\udc00'), write('ada')])
    expect(await listAudit(query)).toMatchObject([
      { subject: 'ada' },
      { subject: 'eve\ufffd\ufffd', organization: '\ufffd', data: { verifier: 'eve\ufffd\ufffd' } },
    ])
  })
})
