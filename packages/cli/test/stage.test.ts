import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { listAudit, policies, postgresPolicy } from '@dualauth/postgres'
import { createDualAuth, legacyJwt, policyDigest } from '@dualauth/core'
import { expect, it } from 'vitest'
import { runHere } from './support/in-process.js'
import { describeCli } from './support/world.js'

const BECAUSE = '--reason because --actor alice --yes'

describeCli('dualauth stage', (world) => {
  it('sets, prints and advances a stage, each with a version and an audit of its own', async () => {
    expect(await world.dualauth('stage get')).toMatchObject({ code: 0, out: expect.stringContaining('no policy yet') })
    expect(await world.dualauth(`stage set dual ${BECAUSE}`)).toMatchObject({ code: 0, err: '' })
    expect(await world.process(`stage advance ${BECAUSE}`)).toMatchObject({ code: 0, err: '' })
    expect(await world.json('stage get')).toEqual({
      migration: world.migration,
      organization: null,
      stage: 'prefer-new',
      hold: false,
      version: 2,
      writtenAt: expect.stringMatching(/^\d{4}-.*Z$/),
      actor: 'alice',
      reason: 'because',
    })
    const audit = await listAudit(world.database.query, { subject: world.migration })
    expect(audit.map(({ actor, reason }) => ({ actor, reason }))).toEqual([
      { actor: 'alice', reason: 'because' },
      { actor: 'alice', reason: 'because' },
    ])
  })

  it('shows whom a change affects, by evidence, before it writes', async () => {
    await world.does(`stage set prefer-new --force ${BECAUSE}`)
    await world.see([
      { user: 'u-1', organization: 'acme' },
      { user: 'u-2', organization: 'acme' },
      { user: 'u-3', organization: 'beta', side: 'new' },
      { user: 'u-4' },
    ])
    const { code, out } = await world.dualauth(`stage advance --dry-run --reason because`)
    expect(code).toBe(0)
    expect(out).toMatch(/everybody +prefer-new +new-only +3 +3 +2/)
    expect(out).toContain('3 people last seen on the old side')
    expect(out).toContain('each once: 4 people')
    expect(await world.json(`stage advance --dry-run --reason because`)).toMatchObject({
      version: 1,
      isWritten: false,
      plan: {
        changes: [{ path: 'stage', from: 'prefer-new', to: 'new-only' }],
        affected: [{ organization: null, from: 'prefer-new', to: 'new-only', old: 3, refused: 3, organizations: 2 }],
        people: 4,
        warnings: [
          { code: 'old_side_in_use', people: 3 },
          { code: 'evidence_young', since: expect.any(Number) as number },
          { code: 'not_loss_free', earliest: null },
        ],
        refusal: null,
        earliestLossFree: null,
      },
    })
    expect(await world.json('stage get')).toMatchObject({ version: 1 })
  })

  it('counts each person once, and says who would have to sign in again, not who was seen on the new side', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.does(`stage set dual --organization acme ${BECAUSE}`)
    const organizations = ['acme', 'globex', null]
    const people = organizations.flatMap((organization) =>
      Array.from({ length: 10 }, (_, place) => ({ user: `${organization}-${place}`, organization })),
    )
    await world.see(people)
    await world.see(people.slice(8, 13).map((one) => ({ ...one, side: 'new' as const })))
    await world.see([{ user: 'globex-9', organization: null }])
    const { code, out, err } = await world.dualauth('stage set shadow --dry-run --reason because')
    expect(out).toMatch(/everybody +dual +shadow +20 +3 +1/)
    expect(out).toContain('each once: 20 people')
    expect(out).toContain('acme (dual) has a stage of its own and stays')
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('--accept-logouts 3') })
  })

  it('asks about an organization that nobody was ever seen acting for, and about one that is held', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.see([{ organization: 'acme' }])
    const share = (id: string) => world.dualauth(`rollout set 50% --dry-run --reason x --organization ${id}`)
    expect((await share('amce')).out).toContain('Nobody was ever seen acting for amce')
    expect((await share('acme')).out).not.toContain('ever seen')
    await world.does(`stage set dual --hold --organization acme ${BECAUSE}`)
    expect((await share('acme')).out).toContain('acme stays on hold')
    expect((await world.dualauth('stage set prefer-new --dry-run --reason x')).out).toMatch(
      /issues for nobody[^]*acme \(dual\) has a stage of its own/,
    )
  })

  it('writes nothing off a terminal without --yes, and says so', async () => {
    const { code, err } = await world.dualauth('stage set dual --reason because --actor alice')
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining('--yes') })
    expect(await world.json('stage get')).toMatchObject({ stage: null })
  })

  it('is by the user of the operating system, or by the actor named', async () => {
    await world.process('stage set dual --reason because --yes')
    expect(await world.json('stage get')).toMatchObject({ actor: userInfo().username })
    const nobody = await runHere(['stage', 'set', 'off', '--reason', 'x', '--yes'], {
      env: { DATABASE_URL: world.url },
    })
    expect(nobody).toMatchObject({ code: 64, err: expect.stringContaining('--actor') })
  })

  it('needs a reason', async () => {
    for (const reason of ['', " --reason '  '"])
      expect(await world.dualauth(`stage set dual --yes${reason}`)).toMatchObject({
        code: 64,
        err: expect.stringContaining('--reason'),
      })
  })

  it('refuses to skip stages, and does it with --force', async () => {
    expect(await world.dualauth(`stage set retired ${BECAUSE}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('skips stages'),
    })
    expect(await world.dualauth(`stage set retired --force ${BECAUSE}`)).toMatchObject({ code: 0 })
    expect(await world.dualauth(`stage advance ${BECAUSE}`)).toMatchObject({ code: 1 })
  })

  it('refuses to sign people of the new side out, unless so many are accepted', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.see([{ user: 'u-1', side: 'new' }])
    const refused = await world.dualauth(`stage set off ${BECAUSE}`)
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('--accept-logouts 1') })
    expect(await world.dualauth(`stage set off --accept-logouts 1 ${BECAUSE}`)).toMatchObject({ code: 0 })
  })

  it('moves one organization, holds it, and lets it go with everybody again', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.does(`stage set dual --organization acme --hold ${BECAUSE}`)
    expect(await world.json('stage get --organization acme')).toMatchObject({ stage: 'dual', hold: true })
    await world.does(`stage advance ${BECAUSE}`)
    expect(await world.json('stage get')).toMatchObject({ stage: 'prefer-new' })
    expect(await world.json('stage get --organization acme')).toMatchObject({ stage: 'dual', hold: true })
    await world.does(`stage set dual --no-hold --organization acme ${BECAUSE}`)
    expect(await world.json('stage get --organization acme')).toMatchObject({ stage: 'dual', hold: false })
    await world.does(`stage unset --organization acme ${BECAUSE}`)
    expect(await world.json('stage get --organization acme')).toMatchObject({ stage: 'prefer-new', hold: false })
    expect(await world.dualauth(`stage set dual --hold ${BECAUSE}`)).toMatchObject({ code: 64 })
  })

  it('goes back to the stage before, and leaves what was changed since', async () => {
    for (const stage of ['dual', 'prefer-new']) await world.does(`stage set ${stage} --force ${BECAUSE}`)
    await world.does(`cutoff set --accept-until 2126-04-01T00:00:00Z ${BECAUSE}`)
    await world.does(`announce set --banner ${BECAUSE}`)
    await world.does(`rollout set 5% --organization acme ${BECAUSE}`)
    const { code, out } = await world.dualauth(`stage rollback ${BECAUSE}`)
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/everybody +prefer-new +dual/) })
    expect(out).toContain('dualauth policy rollback --to 1')
    expect(await world.json('policy get')).toMatchObject({
      stage: 'dual',
      cutOff: { acceptUntil: '2126-04-01T00:00:00Z' },
      announcement: { banner: true },
      organizations: { acme: { basisPoints: 500 } },
      rollbackOf: 1,
      version: 6,
    })
    await world.does(`announce set --no-banner ${BECAUSE}`)
    const further = await world.dualauth(`stage rollback ${BECAUSE}`)
    expect(further).toMatchObject({ code: 1, err: expect.stringContaining('no earlier stage') })
    await world.does(`policy rollback ${BECAUSE}`)
    expect(await world.json('policy get')).toMatchObject({ stage: 'dual', announcement: { banner: true }, version: 8 })
    await world.does(`policy rollback --to 2 ${BECAUSE}`)
    expect(await world.json('policy get')).toEqual({ stage: 'prefer-new', rollbackOf: 2, version: 9 })
  })

  it('goes back for one organization where it moved with everybody, and gives back its hold', async () => {
    for (const stage of ['dual', 'prefer-new']) await world.does(`stage set ${stage} --force ${BECAUSE}`)
    await world.does(`stage rollback --organization acme ${BECAUSE}`)
    expect(await world.json('policy get')).toMatchObject({
      stage: 'prefer-new',
      organizations: { acme: { stage: 'dual' } },
    })
    await world.does(`stage set dual --hold --organization acme ${BECAUSE}`)
    await world.does(`stage set prefer-new --no-hold --organization acme ${BECAUSE}`)
    await world.does(`stage rollback --organization acme ${BECAUSE}`)
    expect(await world.json('stage get --organization acme')).toMatchObject({ stage: 'dual', hold: true })
    const forward = await world.dualauth(`stage set new-only --force --organization acme ${BECAUSE}`)
    expect(forward).toMatchObject({ code: 64, err: expect.stringContaining('--no-hold') })
  })

  it('leaves shadow out when it goes on', async () => {
    await world.does(`stage set off ${BECAUSE}`)
    await world.does(`stage advance ${BECAUSE}`)
    expect(await world.json('stage get')).toMatchObject({ stage: 'dual' })
  })

  it('says how to begin where there is no policy', async () => {
    const { code, err } = await world.dualauth(`stage advance ${BECAUSE}`)
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('dualauth stage set off') })
  })

  it('goes back step by step, to a version, and for one organization only', async () => {
    for (const stage of ['off', 'dual', 'prefer-new']) await world.does(`stage set ${stage} --force ${BECAUSE}`)
    await world.does(`stage rollback ${BECAUSE}`)
    expect(await world.json('stage get')).toMatchObject({ stage: 'dual', version: 4 })
    await world.does(`stage set new-only --force --organization acme ${BECAUSE}`)
    await world.does(`stage rollback --organization acme ${BECAUSE}`)
    expect(await world.json('stage get --organization acme')).toMatchObject({ stage: 'dual', version: 6 })
    await world.does(`stage rollback --to 3 ${BECAUSE}`)
    expect(await world.json('stage get')).toMatchObject({ stage: 'prefer-new', version: 7 })
    const newest = await policies(world.database.query).read(world.migration)
    expect(newest?.document).toMatchObject({ rollbackOf: 3 })
    expect(await world.dualauth(`stage rollback --to 99 ${BECAUSE}`)).toMatchObject({ code: 1 })
  })

  it('goes further back with a second rollback, instead of undoing the first', async () => {
    for (const stage of ['off', 'dual', 'prefer-new']) await world.does(`stage set ${stage} --force ${BECAUSE}`)
    await world.does(`stage rollback ${BECAUSE}`)
    await world.does(`stage rollback --force ${BECAUSE}`)
    expect(await world.json('stage get')).toMatchObject({ stage: 'off', version: 5 })
    expect(await world.dualauth(`stage rollback ${BECAUSE}`)).toMatchObject({ code: 1 })
  })

  it('lets one of several writers win, and tells the others', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    const ended = await Promise.all(
      ['acme', 'beta', 'gamma'].map((id) => world.dualauth(`stage set prefer-new --organization ${id} ${BECAUSE}`)),
    )
    const lost = ended.filter(({ code }) => code !== 0)
    for (const { code, err } of lost)
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('in the meantime') })
    expect(await world.json('stage get')).toMatchObject({ version: 1 + ended.length - lost.length })
  })

  it('is seen by a running instance within a second', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    const { query, listen } = world.database
    const auth = createDualAuth({
      verifiers: ['old', 'new'].map((name) =>
        legacyJwt({
          name,
          algorithms: ['HS256'],
          secrets: [randomBytes(32)],
          issuer: `https://${name}.example.com`,
          purpose: 'only-access-tokens',
        }),
      ),
      link: ({ subject }) => ({ id: subject }),
      migration: {
        name: world.migration,
        from: ['old'],
        to: 'new',
        policy: postgresPolicy(query, { migration: world.migration, listen }),
      },
    })
    await auth.ready()
    await world.does(`stage advance ${BECAUSE}`)
    await expect
      .poll(async () => (await auth.migrationStatus()).stage, { timeout: 1000, interval: 10 })
      .toBe('prefer-new')
    await auth.close()
  })

  it('waits until every instance knows the version', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    for (const instance of ['one', 'two']) await world.see([], { instance, version: 1 })
    await world.see([], { instance: 'ended', version: 1, ended: true })
    const running = world.start(`stage advance --wait 20 ${BECAUSE}`)
    await running.says('Waiting for 2 of 2 instances')
    await world.see([], { instance: 'two', version: 2 })
    await running.says('Waiting for 1 of 2 instances')
    await world.see([], { instance: 'one', version: 2 })
    expect(await running.ended).toMatchObject({ code: 0, out: expect.stringContaining('All 2 instances know it') })
  })

  it('says that there is none to wait for', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    const { code, out } = await world.dualauth(`stage advance --wait 1 ${BECAUSE}`)
    expect({ code, out }).toEqual({ code: 4, out: expect.stringContaining('No instance has reported lately') })
  })

  it('does not take an instance for one that knows, where the version was given out again with other content', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    const { version, digest } = (await world.json('status')).policy
    await world.see([], { instance: 'one', label: 'api-7f9c', version, digest: 'of-other-content' })
    await world.see([], { instance: 'two', version, digest })
    const { out } = await world.dualauth('status')
    expect(out).toContain('1 of 2 at this version')
    expect(out).toMatch(/api-7f9c \(one\) +1, with other content/)
    const running = world.start(`stage advance --wait 20 ${BECAUSE}`)
    await running.says('Waiting for 2 of 2')
    const next = await policyDigest({ version: 2, stage: 'prefer-new' })
    await world.see([], { instance: 'one', version: 2, digest: 'of-other-content' })
    await world.see([], { instance: 'two', version: 2, digest: next })
    await running.says('Waiting for 1 of 2')
    await world.see([], { instance: 'one', version: 2, digest: next })
    expect(await running.ended).toMatchObject({ code: 0 })
  })

  it('gives out no number that an instance knows and the database has lost', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.see([], { instance: 'one', version: 9, digest: 'lost' })
    expect((await world.dualauth('status')).out).toMatch(/one +9, which the database does not have/)
    const { code, err } = await world.dualauth(`stage advance --wait 1 ${BECAUSE}`)
    expect({ code, err }).toEqual({ code: 4, err: expect.stringMatching(/Version 10 is written, but 1 of 1/) })
    expect(await world.json('stage get')).toMatchObject({ version: 10 })
  })

  it('says which instances do not know the version when the wait is over', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.see([], { instance: 'late', version: 1 })
    const { code, err } = await world.dualauth(`stage advance --wait 1 ${BECAUSE}`)
    expect({ code, err }).toEqual({ code: 4, err: expect.stringMatching(/is written, but 1 of 1 .*late/) })
    expect(await world.json('stage get')).toMatchObject({ stage: 'prefer-new' })
    const json = await world.dualauth(`stage advance --wait 1 --json ${BECAUSE}`)
    expect(json.code).toBe(4)
    expect(JSON.parse(json.out)).toMatchObject({ isWritten: true, version: 3 })
  })
})
