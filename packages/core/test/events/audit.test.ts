import { expect, it, onTestFinished, vi } from 'vitest'
import { createAudit, jsonLinesAudit, type AuditRecord, type AuditSink, type AuthEvent } from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { createMove, newCookie, oldToken } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { bearer, cookies } from '../support/requests.js'

function collecting(): AuditSink & { readonly records: AuditRecord[]; fails: boolean } {
  return {
    records: [],
    fails: false,
    async write(records) {
      if (this.fails) throw new Error('the sink is down')
      this.records.push(...records)
    },
  }
}

it('records policies, revocations and refusals in aggregate, and no request that was let in', async () => {
  const sink = collecting()
  const { now } = createClock()
  const audit = createAudit({ sinks: [sink], actor: 'api-1', now })
  const { auth, publish, events } = createMove({ stage: 'dual' })
  const old = oldToken('ada')
  for (let at = 0; at < 3; at++) await outcome(auth, bearer(old))
  await outcome(auth, cookies(newCookie('ada')))
  await publish({ stage: 'new-only' })
  for (let at = 0; at < 5; at++) await outcome(auth, bearer(old))
  for (let at = 0; at < 2; at++) await outcome(auth, bearer(`${old.slice(0, -4)}AAAA`))
  await auth.revoke({ principal: 'ada' })
  for (const event of events) audit.onEvent(event)
  await audit.flush()
  const shared = { at: now(), actor: 'api-1', organization: null }
  const policy = { migration: 'default' }
  const refused = { verifier: 'legacy', carrier: 'bearer', since: now() }
  expect(sink.records).toEqual([
    { ...shared, event: 'policy.adopted', subject: null, reason: null, data: { ...policy, version: 1, stage: 'dual' } },
    {
      ...shared,
      event: 'policy.adopted',
      subject: null,
      reason: null,
      data: { ...policy, version: 2, stage: 'new-only' },
    },
    {
      ...shared,
      event: 'credential.revoked',
      subject: 'ada',
      reason: null,
      data: { kind: 'principal', verifier: null },
    },
    {
      ...shared,
      event: 'requests.refused',
      subject: null,
      reason: 'retired',
      data: { ...refused, code: 'legacy_retired', ...policy, stage: 'new-only', side: 'old', count: 5 },
    },
    {
      ...shared,
      event: 'requests.refused',
      subject: null,
      reason: 'signature',
      data: { ...refused, code: 'credential_invalid', count: 2 },
    },
  ])
  expect(JSON.stringify(sink.records)).not.toContain(old.split('.')[2])
})

it('writes JSON lines, and keeps for a sink that fails what another has already', async () => {
  const [good, bad] = [[] as string[], collecting()]
  bad.fails = true
  const audit = createAudit({ sinks: [jsonLinesAudit((line) => good.push(line)), bad], now: () => 0 })
  audit.onEvent({ type: 'policy_adopted', at: 0, migration: 'm', version: 1, stage: 'dual' })
  await expect(audit.flush()).rejects.toThrow('the sink is down')
  bad.fails = false
  await audit.close()
  expect(good).toEqual([
    '{"at":"1970-01-01T00:00:00.000Z","actor":"instance","event":"policy.adopted","organization":null,"subject":null,"reason":null,"data":{"migration":"m","version":1,"stage":"dual"}}\n',
  ])
  expect(bad.records).toHaveLength(1)
})

it('writes every few seconds by itself, tells of a sink that fails, and is bounded meanwhile', async () => {
  vi.useFakeTimers()
  const errors: unknown[] = []
  const sink = collecting()
  sink.fails = true
  const audit = createAudit({ sinks: [sink], everyMs: 1_000, onError: (cause) => errors.push(cause) })
  for (let version = 1; version <= 10_003; version++)
    audit.onEvent({ type: 'policy_adopted', at: 0, migration: 'm', version, stage: 'dual' })
  expect(errors).toHaveLength(3)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(errors).toHaveLength(4)
  sink.fails = false
  await vi.advanceTimersByTimeAsync(1_000)
  expect(sink.records).toHaveLength(10_000)
  expect(sink.records[0]?.data).toMatchObject({ version: 4 })
  await audit.close()
  vi.useRealTimers()
})

it('a sink that throws at once is written to again', async () => {
  const sink = collecting()
  let fails = true
  const write: AuditSink['write'] = (records) => {
    if (fails) throw new Error('the sink is closed')
    return sink.write(records)
  }
  const audit = createAudit({ sinks: [{ write }] })
  audit.onEvent(adopted(1))
  await expect(audit.flush()).rejects.toThrow('the sink is closed')
  fails = false
  await audit.close()
  expect(sink.records).toHaveLength(1)
})

const adopted = (version: number): AuthEvent => ({
  type: 'policy_adopted',
  at: 0,
  migration: 'm',
  version,
  stage: 'dual',
})

it('a sink that does not settle keeps no other one waiting, and is not written to twice at a time', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const good = collecting()
  const written: number[] = []
  let settle = (): void => {}
  const slow: AuditSink = {
    write(records) {
      written.push(records.length)
      return new Promise((resolve) => (settle = resolve))
    },
  }
  const audit = createAudit({ sinks: [slow, good], everyMs: 100 })
  for (let version = 1; version <= 3; version++) {
    audit.onEvent(adopted(version))
    await vi.advanceTimersByTimeAsync(15_000)
  }
  expect([written, good.records.length]).toEqual([[1], 3])
  settle()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(written).toEqual([1, 2])
  const closed = audit.close().catch((cause: unknown) => cause)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(await closed).toBeInstanceOf(Error)
})

it('a log that throws ends neither the process nor the writing', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const sink = collecting()
  sink.fails = true
  const onError = (): never => {
    throw new Error('the log is full')
  }
  const audit = createAudit({ sinks: [sink], everyMs: 100, onError })
  audit.onEvent(adopted(1))
  await vi.advanceTimersByTimeAsync(100)
  sink.fails = false
  await vi.advanceTimersByTimeAsync(100)
  expect(sink.records).toHaveLength(1)
  await audit.close()
})

it('exchanges that are refused again and again are one record for each person, and one for all where nobody asked for them', async () => {
  const sink = collecting()
  const audit = createAudit({ sinks: [sink], now: () => 0 })
  const refused = (principalId: string, automatic: boolean): AuthEvent => ({
    type: 'exchange_refused',
    at: 0,
    migration: 'm',
    verifier: 'legacy',
    code: 'verifier_unavailable',
    reason: null,
    carrier: 'cookie',
    automatic,
    principalId,
    organization: 'acme',
  })
  for (let at = 0; at < 50; at++) {
    audit.onEvent(refused(`user-${at}`, true))
    audit.onEvent(refused('eve', false))
  }
  await audit.close()
  expect(sink.records).toMatchObject([
    { event: 'session.exchange_refused', subject: null, organization: null, data: { automatic: true, count: 50 } },
    { event: 'session.exchange_refused', subject: 'eve', organization: 'acme', data: { automatic: false, count: 50 } },
  ])
})

it.each([
  [{}, 'sinks'],
  [{ sinks: [] }, 'sinks'],
  [{ sinks: [{}] }, 'sinks'],
  [{ sinks: [collecting()], everyMs: 1 }, 'everyMs'],
])('refuses %j, naming %s', (options, name) => {
  expect(() => createAudit(options as never)).toThrow(
    expect.objectContaining({
      code: 'configuration_invalid',
      message: expect.stringContaining(`createAudit.${name}`) as string,
    }),
  )
})

it('what a comparison finds is recorded in aggregate where it is critical, and names nobody', async () => {
  const sink = collecting()
  const audit = createAudit({ sinks: [sink], actor: 'api-1', now: createClock().now })
  const directory = ({ id }: { readonly id: string }) => (id === 'cid' ? null : { id: `not-${id}` })
  const { auth, events } = createMove({ stage: 'shadow', shadow: { directory } })
  for (const id of ['ada', 'bob', 'cid']) await outcome(auth, bearer(oldToken(id)))
  await auth.flush()
  for (const event of events) audit.onEvent(event)
  await audit.close()
  expect(sink.records.map(({ event, subject, data }) => ({ event, subject, data })).slice(1)).toEqual([
    {
      event: 'shadow.critical',
      subject: null,
      data: expect.objectContaining({ comparison: 'directory', class: 'different_user', count: 2 }) as unknown,
    },
  ])
})
