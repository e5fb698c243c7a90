import { createAudit, type AuthEvent } from '@dualauth/core'
import { policies, postgresAudit } from '@dualauth/postgres'
import { expect, it } from 'vitest'
import { describeCli } from './support/world.js'

const BECAUSE = '--reason because --actor alice --yes'
const DAY = 86_400_000

describeCli(
  'dualauth status',
  (world) => {
    it('says how far everybody and each organization is', async () => {
      await world.does(`stage set dual ${BECAUSE}`)
      await world.does(`rollout set 10% ${BECAUSE}`)
      await world.does(`stage set off --accept-logouts 1 --force --organization beta ${BECAUSE}`)
      const before = Date.now() - 1000
      await world.see(
        [
          { user: 'u-1', organization: 'acme' },
          { user: 'u-2', organization: 'acme', side: 'new' },
          { user: 'u-3', organization: 'acme', side: 'new', lastAt: before, firstAt: before },
          { user: 'u-3', organization: 'acme' },
        ],
        { version: 3 },
      )
      const status = await world.json('status --organization')
      expect(status).toEqual({
        migration: world.migration,
        others: [],
        policy: {
          version: 3,
          digest: expect.stringMatching(/^[\w-]{16}$/) as string,
          stage: 'dual',
          writtenAt: expect.any(String),
          actor: 'alice',
          reason: 'because',
          rollout: { unit: 'user', salt: world.migration, basisPoints: 1000 },
          cutOff: null,
          newUsers: 'rollout',
          earliestLossFree: null,
        },
        people: { people: 3, pending: 1, dual: 1, migrated: 1, completedPercent: 66.67, lastOldAt: expect.any(String) },
        criticalMismatches: null,
        organizations: [
          {
            organization: 'acme',
            stage: 'dual',
            hold: false,
            basisPoints: null,
            people: 3,
            pending: 1,
            dual: 1,
            migrated: 1,
            completedPercent: 66.67,
            lastOldAt: expect.any(String),
          },
          { organization: 'beta', stage: 'off', hold: false, basisPoints: null },
        ],
        instances: [
          { instance: 'one', label: null, digest: null, isStored: true, version: 3, lastAt: expect.any(String) },
        ],
      })
      const { code, out } = await world.dualauth('status --organization acme')
      expect(code).toBe(0)
      expect(out).toMatch(/Stage +dual/)
      expect(out).toMatch(/Rollout +10% by user/)
      expect(out).toMatch(/Instances +1 of 1 at this version/)
      expect(out).toMatch(/acme +dual +- +3 +1 +1 +1 +66\.67%/)
      expect(out).not.toContain('beta')
    })

    it('says that there is no policy and no evidence', async () => {
      expect(await world.dualauth('status')).toMatchObject({ code: 0, out: expect.stringContaining('no evidence') })
      expect(await world.json('status')).toMatchObject({ policy: null, people: null, organizations: [], instances: [] })
    })

    it('names the migrations that have a policy where this one has none', async () => {
      const { write } = policies(world.database.query)
      const document = { stage: 'off' } as const
      await write({ migration: 'a-staff', expectedVersion: 0, document, actor: 'grace', reason: 'first' })
      const warned = `There is no policy of "${world.migration}"; there is one of "a-staff"`
      expect((await world.dualauth('status')).out).toContain(warned)
      expect((await world.json('status')).others).toContain('a-staff')
      const begun = await world.dualauth('stage set off --reason first --actor grace --yes')
      expect(begun).toMatchObject({ code: 0, err: expect.stringContaining(warned) })
      expect((await world.dualauth('status')).out).not.toContain('There is no policy of')
    })

    it('lists who has not moved, as CSV that no spreadsheet runs', async () => {
      await world.see([
        { user: '=HYPERLINK("http://evil")', organization: 'a,b' },
        { user: 'u-2', organization: '+1' },
        { user: 'u-3', side: 'new' },
        { user: 'ü "4"' },
      ])
      const { code, out } = await world.dualauth('status --pending --csv')
      expect(code).toBe(0)
      const day = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
      expect(out).toMatch(
        new RegExp(
          `^user_id,organization,last_old_at\r\n` +
            String.raw`"'=HYPERLINK\(""http://evil""\)","a,b",${day}` +
            `\r\nu-2,"'\\+1",${day}\r\n"ü ""4""",,${day}\r\n$`,
        ),
      )
      expect((await world.json('status --pending --organization +1')).pending).toEqual([
        { user: 'u-2', organization: '+1', lastOldAt: expect.any(String) },
      ])
      expect((await world.dualauth('status --pending')).out.split('\n')).toHaveLength(4)
      expect((await world.dualauth('status --csv')).code).toBe(64)
    })

    it('lists more people than it reads at once, each once', async () => {
      const users = Array.from({ length: 10_001 }, (_, place) => `u-${place}`)
      await world.see(users.map((user) => ({ user })))
      const { out } = await world.dualauth('status --pending')
      expect(out.trimEnd().split('\n').toSorted()).toEqual(users.toSorted())
    })

    it('prints no character of an id that steers a terminal', async () => {
      const hostile = 'a\u001b[2Jb\u009bc\u202ed\n'
      await world.does(`stage set dual ${BECAUSE}`)
      await world.see([{ user: hostile, organization: hostile }])
      for (const args of [
        'status --organization',
        'status --pending',
        'retire',
        'stage advance --dry-run --reason x',
      ]) {
        const plain = await world.dualauth(args)
        expect((plain.out + plain.err).replaceAll('\n', ''), args).not.toMatch(/[\p{Cc}\p{Cf}]/u)
        const json = await world.dualauth(`${args} --json`)
        expect(json.out.replaceAll('\n', ''), args).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      }
      expect((await world.json('status --organization')).organizations[0].organization).toBe(hostile)
    })

    it('follows where the database is away at first, and not where it refuses the login', async () => {
      await world.does(`stage set dual ${BECAUSE}`)
      await world.server.stop()
      const running = world.start('status --follow --interval 1 --json')
      await running.says('cannot be reached')
      await world.server.start()
      await running.says('"stage":"dual"')
      running.child.kill('SIGINT')
      expect((await running.ended).code).toBe(0)
      const env = { DATABASE_URL: `${world.url}_absent` }
      expect((await world.dualauth('status --follow', { env })).code).toBe(69)
    })

    it('follows until it is interrupted, and survives a database that is away', async () => {
      await world.does(`stage set dual ${BECAUSE}`)
      const running = world.start('status --follow --interval 1 --json')
      await running.says('"stage":"dual"')
      await world.server.stop()
      await running.says('cannot be reached')
      await world.server.start()
      await expect.poll(() => running.said().split('"stage":"dual"').length, { timeout: 5000 }).toBeGreaterThan(2)
      running.child.kill('SIGINT')
      const { code, out } = await running.ended
      expect(code).toBe(0)
      for (const line of out.trimEnd().split('\n'))
        expect(JSON.parse(line)).toMatchObject({ policy: { stage: 'dual' } })
    })
  },
  { own: true },
)

describeCli('an instance whose clock is wrong', (world) => {
  it.each([-4 * 60_000, -3 * DAY, 2 * DAY])('is heard of and waited for, be it %i ms off', async (offMs) => {
    await world.does(`stage set off ${BECAUSE}`)
    const at = Date.now() + offMs
    const day = new Date(at).toISOString().slice(0, 10)
    await world.see([], { instance: 'right', version: 9 })
    await world.see([], { instance: 'wrong', day, firstAt: at, lastAt: at, writtenAt: at, version: 1 })
    const { instances } = await world.json('status')
    expect(instances.map(({ instance }: { instance: string }) => instance)).toEqual(['right', 'wrong'])
    const heard = Date.parse(instances[1].lastAt)
    expect(Math.abs(heard - Date.now())).toBeLessThan(60_000)
    const { code, err } = await world.dualauth(`stage set dual --wait 1 ${BECAUSE}`)
    expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining('wrong') })
  })
})

describeCli('dualauth retire', (world) => {
  const watch = async (days: number): Promise<void> => {
    for (let ago = days; ago >= 0; ago--) {
      const midnight = Math.floor(Date.now() / DAY) * DAY - ago * DAY
      const lastAt = ago === 0 ? Date.now() : midnight + DAY - 1
      await world.see([{ user: 'u-new', side: 'new', lastAt, firstAt: lastAt }], { firstAt: midnight, lastAt })
    }
  }

  it('ends with 0 where nobody came the old way and somebody watched, and says what to remove', async () => {
    await world.does(`stage set new-only --force ${BECAUSE}`)
    await watch(3)
    const { code, out } = await world.dualauth('retire --window-days 2')
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^Safe/) })
    expect(out).toContain('dualauth stage advance')
  })

  it('ends with 2 where somebody still comes the old way', async () => {
    await world.does(`stage set new-only --force ${BECAUSE}`)
    await watch(3)
    await world.see([{ user: 'u-old', organization: 'acme', outcome: 'refused', client: 'key', verifier: 'legacy' }])
    const { code, out } = await world.dualauth('retire --window-days 2')
    expect({ code, out }).toEqual({ code: 2, out: expect.stringMatching(/^Not safe/) })
    expect(out).toMatch(/acme +not safe +0 +1/)
    expect(out).toMatch(/secrets and keys of legacy/)
    const report = await world.json('retire --window-days 2')
    expect(report).toMatchObject({
      migration: world.migration,
      verdict: 'not_safe',
      windowDays: 2,
      from: expect.stringMatching(/Z$/),
      to: expect.stringMatching(/Z$/),
      organizations: expect.arrayContaining([expect.objectContaining({ organization: 'acme', refused: 1 })]),
      clients: expect.arrayContaining([expect.objectContaining({ client: 'key', verdict: 'not_safe' })]),
      checklist: expect.arrayContaining([expect.stringContaining('legacy')]),
    })
    expect(report.checks).toContainEqual({ name: 'old_refused', status: 'failed', count: 1 })
  })

  it('ends with 2, and status says so too, where the comparison of both sides found something critical', async () => {
    await world.does(`stage set new-only --force ${BECAUSE}`)
    await watch(3)
    const { migration } = world
    const audit = createAudit({ sinks: [postgresAudit(world.database.query)] })
    const tell = async (event: object): Promise<void> => {
      audit.onEvent({ at: Date.now(), migration, ...event } as AuthEvent)
      await audit.flush()
    }
    expect((await world.dualauth('status')).out).not.toContain('Comparison')
    await tell({ type: 'policy_adopted', version: 1, stage: 'new-only' })
    expect((await world.dualauth('status')).out).toMatch(/Comparison +nothing critical in 14 days/)
    expect((await world.dualauth('retire --window-days 2')).code).toBe(0)
    const mismatch = { type: 'shadow_mismatch', comparison: 'paired', critical: true, principalId: 'u-ada' }
    await tell({ ...mismatch, class: 'different_user' })
    const { code, out } = await world.dualauth('retire --window-days 2')
    expect({ code, out }).toEqual({ code: 2, out: expect.stringMatching(/^Not safe/) })
    expect(out).toContain('found 1 critical difference (different_user 1), the last at 20')
    const report = await world.json('retire --window-days 2')
    expect(report.checks).toContainEqual({ name: 'shadow_critical', status: 'failed', count: 1 })
    expect(report.criticalMismatches).toEqual({ times: { different_user: 1 }, lastAt: expect.stringMatching(/Z$/) })
    const status = await world.dualauth('status')
    expect(status.out).toMatch(/Comparison +1 critical difference \(different_user 1\)/)
    expect(status.out + out + JSON.stringify(report)).not.toContain('u-ada')
    expect(await world.json('status')).toMatchObject({ criticalMismatches: { days: 14, times: { different_user: 1 } } })
    await audit.close()
  })

  it('ends with 3 where nobody watched', async () => {
    expect(await world.dualauth('retire')).toMatchObject({
      code: 3,
      out: expect.stringMatching(/^Not enough evidence/),
    })
  })

  it('takes instances for ended that are named', async () => {
    await world.does(`stage set new-only --force ${BECAUSE}`)
    await watch(3)
    const at = Date.now() - DAY
    await world.see([], { instance: 'killed', firstAt: at - 1000, lastAt: at })
    expect((await world.dualauth('retire --window-days 2')).code).toBe(3)
    const known = await world.dualauth('retire --window-days 2 --stopped killed')
    expect(known).toMatchObject({ code: 0, err: '' })
    const unknown = await world.dualauth('retire --window-days 2 --stopped nope')
    expect(unknown).toMatchObject({ code: 3, err: expect.stringContaining('no instance called nope') })
  })
})
