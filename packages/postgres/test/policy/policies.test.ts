import type { PolicyContent, Query } from '@dualauth/core'
import { beforeEach, expect, it } from 'vitest'
import { installSchema, listAudit, policies, postgresEvidence, postgresPolicy } from '../../src/index.js'
import { describeDatabases, describePostgres } from '../support/databases.js'
import { heartbeat } from '../support/sightings.js'

const DUAL: PolicyContent = { stage: 'dual', rollout: { unit: 'user', salt: 'spring', basisPoints: 100 } }
const by = (expectedVersion: number) => ({ expectedVersion, actor: 'grace', reason: 'first pilot' })

describeDatabases('policies', ({ query: driver, run }) => {
  const sent: string[] = []
  const query: Query = (sql, params) => (sent.push(sql), driver(sql, params))
  const { read, history, plan, write, rollback } = policies(query)

  beforeEach(async () => {
    await installSchema(driver)
    await run('truncate dualauth.policy, dualauth.evidence, dualauth.evidence_day, dualauth.heartbeat, dualauth.audit')
    sent.length = 0
  })

  it('writes a version, and says afterwards who it was and why', async () => {
    expect(await read()).toBeNull()
    expect(await write({ ...by(0), document: DUAL })).toMatchObject({ ok: true, document: { ...DUAL, version: 1 } })
    const stored = await read()
    expect(stored).toMatchObject({
      version: 1,
      document: { ...DUAL, version: 1 },
      actor: 'grace',
      reason: 'first pilot',
    })
    expect(Math.abs(stored!.writtenAt - Date.now())).toBeLessThan(60_000)
    const [entry] = await listAudit(driver)
    expect(entry).toMatchObject({
      event: 'policy.changed',
      actor: 'grace',
      subject: 'default',
      reason: 'first pilot',
      data: { version: 1, moves: [{ organization: null, from: null, to: 'dual' }], force: false },
    })
  })

  it('changes a policy although people are too many to be counted in the time that the database grants', async () => {
    await postgresEvidence(driver).write([], heartbeat(Date.now(), { version: null }))
    await write({ ...by(0), document: DUAL })
    const canceled: Query = (sql, params) => {
      if (!sql.includes('from dualauth.evidence')) return driver(sql, params)
      throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' })
    }
    const { plan, write: writeUncounted } = policies(canceled)
    const document: PolicyContent = { stage: 'prefer-new' }
    expect(await plan({ document })).toMatchObject({ people: null, refusal: null })
    expect(await writeUncounted({ ...by(1), document })).toMatchObject({ ok: true, document: { version: 2 } })
    // Nobody can say how many would have to sign in again.
    const back: PolicyContent = { stage: 'off' }
    expect((await plan({ document: back })).warnings).toContainEqual({ code: 'evidence_unread' })
    expect(await writeUncounted({ ...by(2), document: back, acceptLogouts: 1_000_000 })).toMatchObject({
      ok: false,
      plan: { refusal: { code: 'logouts_unknown' } },
    })
    expect(await writeUncounted({ ...by(2), document: back, force: true })).toMatchObject({ ok: true })
    // Of any other failure, nothing is written.
    const broken = policies((sql, params) => {
      if (!sql.includes('from dualauth.evidence')) return driver(sql, params)
      throw Object.assign(new Error('permission denied'), { code: '42501' })
    })
    await expect(broken.write({ ...by(3), document: DUAL })).rejects.toMatchObject({ code: '42501' })
  })

  it('is one statement, which a driver over HTTP can send', async () => {
    await write({ ...by(0), document: DUAL })
    expect(sent.filter((sql) => sql.includes('insert'))).toHaveLength(1)
    for (const sql of sent) expect(sql).not.toMatch(/\b(?:begin;|commit|rollback;|listen |notify )/i)
  })

  it('refuses a change that was decided on another version', async () => {
    await write({ ...by(0), document: DUAL })
    expect(await write({ ...by(0), document: { stage: 'off' } })).toMatchObject({
      ok: false,
      why: 'changed',
      newest: { version: 1 },
    })
    expect(await write({ ...by(2), document: DUAL })).toMatchObject({ ok: false, why: 'changed' })
    expect(await history()).toHaveLength(1)
  })

  it('keeps migrations apart', async () => {
    await write({ ...by(0), migration: 'keys', document: DUAL })
    expect(await read()).toBeNull()
    expect(await read('keys')).toMatchObject({ version: 1 })
  })

  it('rolls back by a new version with the old content', async () => {
    await write({ ...by(0), document: DUAL })
    await write({ ...by(1), document: { ...DUAL, stage: 'prefer-new' } })
    expect(await rollback({ ...by(2), to: 1 })).toMatchObject({
      ok: true,
      document: { ...DUAL, version: 3, rollbackOf: 1 },
    })
    const versions = await history()
    expect(versions.map(({ version }) => version)).toEqual([3, 2, 1])
    expect(await history({ before: 3, limit: 1 })).toEqual([versions[1]])
    expect(await rollback({ ...by(3), to: 9 })).toEqual({ ok: false, why: 'version_unknown' })
    // A rollback may be rolled back, and repeats no note of its own.
    expect(await rollback({ ...by(3), to: 2 })).toMatchObject({ ok: true, document: { version: 4, rollbackOf: 2 } })
  })

  it('counts versions as numbers', async () => {
    for (let version = 0; version < 11; version++)
      await write({ ...by(version), document: { ...DUAL, settleMs: version } })
    expect((await read())?.version).toBe(11)
    expect((await postgresPolicy(driver).load())?.document).toMatchObject({ version: 11 })
    expect((await history({ limit: 3 })).map(({ version }) => version)).toEqual([11, 10, 9])
    expect((await listAudit(driver, { limit: 3 })).map(({ data }) => (data as { version: number }).version)).toEqual([
      11, 10, 9,
    ])
  })

  it('never gives out a version again that an instance knows, where the newest rows were lost', async () => {
    await write({ ...by(0), document: DUAL })
    await postgresEvidence(driver).write([], heartbeat(Date.now(), { version: 7, digest: 'x'.repeat(16) }))
    await postgresEvidence(driver).write([], heartbeat(Date.now(), { migration: 'keys', version: 90 }))
    expect(await write({ ...by(1), document: { ...DUAL, stage: 'prefer-new' } })).toMatchObject({
      ok: true,
      document: { version: 8 },
    })
    expect((await read())?.version).toBe(8)
    expect((await listAudit(driver))[0]).toMatchObject({ data: { version: 8 } })
    // Somebody's own source may have numbered up to the end: there must be room for another one.
    await postgresEvidence(driver).write([], heartbeat(Date.now(), { version: Number.MAX_SAFE_INTEGER }))
    expect(await write({ ...by(8), document: DUAL })).toMatchObject({ ok: true, document: { version: 9 } })
  })

  it('refuses to skip a stage; a forced move is audited as one', async () => {
    await write({ ...by(0), document: { stage: 'off' } })
    const jump = { ...by(1), document: { stage: 'new-only' } } as const
    expect(await write(jump)).toMatchObject({
      ok: false,
      why: 'refused',
      plan: { refusal: { code: 'stages_skipped', from: 'off', to: 'new-only' } },
    })
    expect(await write({ ...jump, force: true })).toMatchObject({ ok: true })
    expect((await listAudit(driver))[0]).toMatchObject({ data: { version: 2, force: true } })
  })

  it('asks for as many logouts to be accepted as people were last seen on the new side', async () => {
    await run(`
      insert into dualauth.heartbeat (migration, day, instance, first_at, last_at) values ('default', now(), 'a', now(), now());
      insert into dualauth.evidence (migration, user_id, side, outcome, organization, client, verifier, first_at, last_at, uses)
      select 'default', who, side, outcome, organization, 'browser', 'v', now() - age, now() - age, 1 from (values
        ('ada', 'new', 'accepted', '', interval '1 day'),
        ('bob', 'new', 'accepted', 'acme', interval '2 days'),
        ('bob', 'old', 'accepted', 'acme', interval '1 day'),
        ('cleo', 'new', 'accepted', 'acme', interval '1 day'),
        ('cleo', 'old', 'refused', 'acme', interval '1 hour'),
        ('dan', 'new', 'accepted', 'acme', interval '40 days')
      ) as seen (who, side, outcome, organization, age)`)
    await write({ ...by(0), document: DUAL })
    const back = { document: { stage: 'off' } } as const
    expect(await plan(back)).toMatchObject({
      refusal: { code: 'logouts_not_accepted', people: 2, accepted: 0 },
      warnings: [{ code: 'logouts', people: 2 }],
    })
    expect(await write({ ...by(1), ...back, acceptLogouts: 1 })).toMatchObject({ ok: false, why: 'refused' })
    expect(await write({ ...by(1), ...back, acceptLogouts: 2 })).toMatchObject({ ok: true })
    expect((await listAudit(driver))[0]).toMatchObject({ data: { acceptLogouts: 2 } })
  })

  it('counts each person once, in however many organizations, and knows who holds what is still current', async () => {
    await run(`
      insert into dualauth.heartbeat (migration, day, instance, first_at, last_at) values ('default', now(), 'a', now() - interval '60 days', now());
      insert into dualauth.evidence (migration, user_id, side, outcome, organization, client, verifier, first_at, last_at, uses, expires_at)
      select 'default', who, side, 'accepted', organization, client, 'v', now() - age, now() - age, 1, now() + rest from (values
        ('ada', 'old', 'acme', 'browser', interval '1 day', interval '9 days'),
        ('ada', 'old', 'acme', 'bearer', interval '2 days', null),
        ('ada', 'old', 'globex', 'browser', interval '1 day', interval '1 day'),
        ('bob', 'old', 'acme', 'browser', interval '3 days', interval '1 day'),
        ('bob', 'new', 'acme', 'browser', interval '1 day', null),
        ('cleo', 'old', 'globex', 'browser', interval '40 days', interval '50 days'),
        ('dan', 'old', '', 'browser', interval '40 days', interval '-1 day')
      ) as seen (who, side, organization, client, age, rest)`)
    await write({ ...by(0), document: { ...DUAL, organizations: { acme: { stage: 'dual' } } } })
    expect(await plan({ document: { ...DUAL, cutOff: { maxAgeSeconds: 60 } } })).toMatchObject({
      affected: [{ organization: null, from: 'dual', to: 'dual', old: 2, refused: 2, organizations: 2 }],
      people: 3,
      refusal: { code: 'logouts_not_accepted', people: 2 },
    })
    const acceptUntil = new Date(Date.now() + 5 * 86_400_000).toISOString()
    expect(await plan({ document: { ...DUAL, cutOff: { acceptUntil } } })).toMatchObject({
      affected: [],
      refusal: null,
      warnings: expect.arrayContaining([{ code: 'outlived', people: 2, until: Date.parse(acceptUntil) }]) as unknown,
    })
    const named = { acme: { basisPoints: 1 }, amce: { basisPoints: 1 }, ['a"b']: { basisPoints: 1 } }
    const { warnings } = await plan({ document: { ...DUAL, organizations: named } })
    expect(warnings.filter(({ code }) => code === 'organization_unseen')).toEqual([
      { code: 'organization_unseen', organization: 'amce' },
      { code: 'organization_unseen', organization: 'a"b' },
    ])
  })

  it('does not take a migration that nothing watched for one without people', async () => {
    await write({ ...by(0), document: DUAL })
    expect(await plan({ document: { stage: 'off' } })).toMatchObject({ refusal: { code: 'logouts_unknown' } })
  })

  it.each([
    ['policies.write.document.stage', { document: { stage: 'both' } }],
    ['policies.write.document', { document: { stage: 'dual', version: 3 } }],
    ['policies.write.document', { document: null }],
    ['policies.write.document', { document: { stage: 'dual', rollout: { ...DUAL.rollout, salt: 'a\0' } } }],
    ['policies.write.document', { document: { stage: 'dual', organizations: { '\ud800': { stage: 'dual' } } } }],
    ['policies.write.reason', { document: DUAL, reason: '' }],
    ['policies.write.migration', { document: DUAL, migration: 'a b' }],
    ['policies.write.expectedVersion', { document: DUAL, expectedVersion: -1 }],
  ])('names a mistake: %s', async (path, mistake) => {
    const error = await write({ ...by(0), ...mistake } as never).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'configuration_invalid' })
    expect((error as Error).message.startsWith(path)).toBe(true)
    expect(await history()).toEqual([])
  })

  it('passes over what another hand has written and no instance takes', async () => {
    await write({ ...by(0), document: DUAL })
    await run(`insert into dualauth.policy (migration, version, document, actor, reason)
      values ('default', 2, '{"stage": "both"}', 'psql', 'typo'), ('default', 3, '[]', 'psql', 'typo')`)
    expect((await history()).map(({ document }) => document?.stage ?? null)).toEqual([null, null, 'dual'])
    expect(await rollback({ ...by(3), to: 2 })).toMatchObject({ why: 'version_unknown' })
    expect(await write({ ...by(3), document: { ...DUAL, stage: 'prefer-new' } })).toMatchObject({
      ok: true,
      plan: { moves: [{ organization: null, from: 'dual', to: 'prefer-new' }] },
    })
  })

  it('is what postgresPolicy loads, which sends a document once', async () => {
    const source = postgresPolicy(query)
    expect(await source.load()).toBeNull()
    await write({ ...by(0), document: DUAL })
    const first = await source.load()
    expect(first).toEqual({ document: { ...DUAL, version: 1 }, writtenAt: (await read())?.writtenAt })
    expect(await source.load()).toBe(first)
    await write({ ...by(1), document: { ...DUAL, stage: 'prefer-new' } })
    expect(await source.load()).toMatchObject({ document: { version: 2, stage: 'prefer-new' } })
  })
})

describePostgres('policies', ({ query }) => {
  it('lets one of twenty writers win, and tells the others', async () => {
    await installSchema(query)
    const { write, history } = policies(query)
    for (const expectedVersion of [0, 1, 2]) {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          write({ expectedVersion, actor: `writer ${n}`, reason: 'race', document: DUAL }),
        ),
      )
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
      for (const outcome of outcomes.filter(({ ok }) => !ok))
        expect(outcome).toMatchObject({ why: 'changed', newest: { version: expectedVersion + 1 } })
    }
    expect((await history()).map(({ version }) => version)).toEqual([3, 2, 1])
    expect(await listAudit(query)).toHaveLength(3)
  })
})
