// Every alert fires and clears, in a run of two real instances with a real database and a real Prometheus. `npm run test:alerts`.
import { describeWith, startPrometheus, type PrometheusServer } from '@dualauth/servers'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { metricRules, printRules, type Thresholds } from '../../src/rules/index.js'
import { startApp, type App } from '../support/app.js'
import { startFigures, type Figures } from '../support/database.js'
import { createCallers, somebody, type Callers } from '../support/traffic.js'

/** The usual ones, in seconds instead of minutes, hours and days. */
const THRESHOLDS: Partial<Thresholds> = {
  minRequestsPerSecond: 1,
  window: '5s',
  cacheWindow: '5s',
  for: '1s',
  cacheFor: '1s',
  sessionsWindow: '5s',
  keysWindow: '10s',
  policySplitFor: '1s',
  policySourceSeconds: 3,
  legacySilence: '6s',
  legacySilenceSeconds: 6,
  minExchangesPerSecond: 0.2,
  conflictsFor: '1s',
  importWindow: '5s',
}
/** What a migration does by itself when its old side falls silent and wakes up. */
const SILENCE = ['DualauthNobodyLegacyButStageDual', 'DualauthLegacyReappeared']
const ALERTS = metricRules().groups.flatMap(({ rules }) =>
  rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])),
)
const BREAKABLE = ALERTS.filter((alert) => !SILENCE.includes(alert))
const rollout = { unit: 'user', salt: 'a', basisPoints: 10_000 } as const

describeWith('Prometheus', 'two instances', () => {
  describeWith('PostgreSQL', 'with a database', () => {
    let figures: Figures
    let one: App
    let two: App
    let callers: readonly [Callers, Callers]
    let prometheus: PrometheusServer

    beforeAll(async () => {
      figures = await startFigures()
      one = await startApp({ query: figures.query })
      two = await startApp({ query: figures.query })
      callers = [createCallers(one), createCallers(two)]
      const rules = printRules({ thresholds: THRESHOLDS })
      prometheus = await startPrometheus({ jobs: { api: [one.url, two.url] }, rules })
    })
    afterAll(async () => {
      await prometheus.close()
      await one.close()
      await two.close()
      await figures.close()
    })

    const firing = async (): Promise<string[]> =>
      [...(await prometheus.alerts())].flatMap(([name, state]) => (state === 'firing' ? [name] : [])).toSorted()

    /** Drives traffic until what is firing is as it should be. */
    const until = (drive: () => Promise<unknown>, check: (now: readonly string[]) => void): Promise<void> =>
      vi.waitFor(
        async () => {
          await drive()
          check(await firing())
        },
        { timeout: 60_000, interval: 200 },
      )

    async function good(of: { readonly old?: boolean } = {}): Promise<void> {
      await figures.importOne()
      await Promise.all(callers.flatMap((each) => [each.known(of), each.known(of), each.known(of)]))
      await two.exchange(two.world.oldToken(somebody()))
    }

    async function bad(): Promise<void> {
      await Promise.all([callers[0].bad(), callers[0].fresh(), callers[0].partner(), callers[0].freshOld()])
      await Promise.all([two.exchange(two.world.oldToken(somebody())), two.get(two.world.oldToken(somebody()))])
      one.world.state.isLinkDown = true
      await callers[0].known()
      one.world.state.isLinkDown = false
    }

    it('every alert fires when something breaks, and clears when it is mended', async () => {
      for (const { world } of [one, two]) await world.publish({ stage: 'dual', rollout })
      await vi.waitFor(
        async () => {
          await good()
          expect(await prometheus.query('count_over_time(better_auth_attempts_total[1m]) > 10')).toHaveLength(2)
        },
        { timeout: 60_000, interval: 200 },
      )
      expect(await firing()).toEqual([])

      // All at once: bad and slow credentials, keys, link, minter, policy, cut-off, sessions, conflicts, import.
      const cutOff = { refuseIssuedAfter: new Date(Date.now() - 3_600_000).toISOString() }
      await one.world.publish({ stage: 'dual', rollout, cutOff })
      one.world.state.isPolicyDown = true
      one.world.state.slowMs = 400
      two.world.state.isMixedUp = true
      one.world.keySet.mode = 'status-500'
      two.world.state.minted = 'down'
      await figures.run(`delete from session where id > 50;
        insert into dualauth.conflict (kind, verifier, issuer, subject) values ('email_taken', 'workos', 'i', 'b');`)
      const fired = new Set<string>()
      await until(bad, (now) => {
        for (const alert of now) fired.add(alert)
        expect(BREAKABLE.filter((alert) => !fired.has(alert))).toEqual([])
      })

      one.world.state.isPolicyDown = false
      one.world.state.slowMs = 0
      two.world.state.isMixedUp = false
      one.world.keySet.mode = 'ok'
      two.world.state.minted = 'good'
      await two.world.publish({ stage: 'dual', rollout })
      for (const { world } of [one, two]) await world.publish({ stage: 'dual', rollout })
      await figures.run(`update dualauth.conflict set resolved_at = now();
        update dualauth.import_item set state = 'done', target_id = source_id where state = 'pending';`)
      expect([one.world.state.policy.version, two.world.state.policy.version]).toEqual([4, 4])
      await until(
        async () => {
          await Promise.all([callers[0].known({ old: false }), callers[1].known({ old: false }), callers[0].partner()])
        },
        (now) => expect(now).toEqual(['DualauthNobodyLegacyButStageDual']),
      )

      await until(good, (now) => expect(now).toContain('DualauthLegacyReappeared'))
      await until(good, (now) => expect(now).toEqual([]))
    }, 300_000)
  })
})
