import { describeWith, startPrometheus, type PrometheusServer } from '@dualauth/servers'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { printDashboard, printRules } from '../../src/rules/index.js'
import { startApp, type App } from '../support/app.js'
import { startFigures, type Figures } from '../support/database.js'
import { createCallers, somebody, type Callers } from '../support/traffic.js'

interface Shown {
  readonly panels: readonly {
    readonly title: string
    readonly type: string
    readonly description?: string
    readonly targets?: readonly { readonly expr: string }[]
  }[]
}

/** Every query of the dashboard, as Grafana sends it. */
const QUERIES = (JSON.parse(printDashboard()) as Shown).panels.flatMap(({ title, description, targets = [] }) =>
  targets.map(({ expr }) => ({
    title,
    mayBeEmpty: description !== undefined,
    expr: expr.replaceAll('$job', '.+').replaceAll('$__rate_interval', '10s'),
  })),
)

it('the dashboard in the package is the one that the function prints', async () => {
  await expect(printDashboard()).toMatchFileSnapshot('../../grafana/dualauth.json')
})

it('the dashboard has the rows of an operator, and no panel without a query', () => {
  const { panels } = JSON.parse(printDashboard()) as Shown
  const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title)
  expect(rows).toEqual([
    'Overview',
    'Traffic',
    'Migration',
    'Latency',
    'Shadow',
    'Exchange and import',
    'Policy and keys',
    'To be mended',
  ])
  expect(panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0)).toEqual([])
})

describeWith('Prometheus', 'a Prometheus that scrapes two instances', () => {
  describeWith('PostgreSQL', 'and a database', () => {
    let figures: Figures
    let apps: readonly App[]
    let callers: readonly Callers[]
    let prometheus: PrometheusServer

    beforeAll(async () => {
      figures = await startFigures()
      apps = await Promise.all([startApp({ query: figures.query }), startApp()])
      callers = apps.map(createCallers)
      const jobs = { api: apps.map(({ url }) => url) }
      prometheus = await startPrometheus({ jobs, rules: printRules({ thresholds: { window: '5s', for: '1s' } }) })
    })
    afterAll(async () => {
      await prometheus.close()
      for (const app of apps) await app.close()
      await figures.close()
    })

    /** A bit of everything that a dashboard shows. */
    async function live(app: App, of: Callers): Promise<void> {
      const { world } = app
      await figures.importOne()
      await Promise.all([of.known(), of.fresh(), of.bad(), of.partner(), app.get(null)])
      await app.get(world.newToken(somebody()), '/secrets')
      await app.exchange(world.oldToken(somebody()))
      world.state.minted = 'down'
      await app.exchange(world.oldToken(somebody()))
      world.state.minted = 'good'
      world.state.isLinkDown = true
      await app.get(world.newToken(somebody()))
      world.state.isLinkDown = false
      world.state.isMixedUp = true
      await app.get(world.oldToken(somebody()))
      world.state.isMixedUp = false
      await world.auth.revoke({ principal: somebody() })
      world.auth.report({ endpoint: 'refresh', code: 'store_unavailable' })
    }

    it('every query of the dashboard gives numbers after a real run, or may be empty for a reason that it states', async () => {
      const rollout = { unit: 'user', salt: 'a', basisPoints: 10_000 } as const
      const cutOff = { refuseIssuedAfter: new Date(Date.now() - 3_600_000).toISOString() }
      for (const [place, app] of apps.entries()) {
        const of = callers[place]!
        await app.world.publish({ stage: 'dual', rollout })
        await live(app, of)
        app.world.keySet.mode = 'status-500'
        await of.partner()
        app.world.keySet.mode = 'ok'
        app.world.state.isPolicyDown = true
        await app.world.auth.ready().catch(() => {})
        app.world.state.isPolicyDown = false
        await app.world.publish({ stage: 'dual', rollout, cutOff })
        await of.freshOld()
        await app.world.publish({ stage: 'dual', rollout })
      }
      const answers = await vi.waitFor(
        async () => {
          for (const [place, app] of apps.entries()) await live(app, callers[place]!)
          const all = await Promise.all(
            QUERIES.map(async (query) => ({ ...query, samples: await prometheus.query(query.expr) })),
          )
          expect(all.filter(({ samples, mayBeEmpty }) => samples.length === 0 && !mayBeEmpty)).toEqual([])
          return all
        },
        { timeout: 30_000, interval: 500 },
      )
      const numbers = answers.flatMap(({ title, samples }) => samples.map(({ value }) => `${title}: ${value[1]}`))
      expect(numbers.filter((number) => /NaN|Inf/.test(number))).toEqual([])
      expect(QUERIES.length).toBeGreaterThan(40)
    }, 60_000)

    it('the six names of older dashboards are there, and attempts are successes and failures', async () => {
      const of = async (name: string): Promise<number[]> =>
        (await prometheus.query(name)).map(({ value }) => Number(value[1]))
      // At one moment: a scrape may come between two queries.
      const others = 'better_auth_success_total - better_auth_failures_total'
      expect(await of(`better_auth_attempts_total - ${others}`)).toEqual([0, 0])
      expect((await of('better_auth_token_validations_total')).every((value) => value > 0)).toBe(true)
      expect((await of('better_auth_token_cache_hits_total')).every((value) => value > 0)).toBe(true)
      expect(await of('better_auth_active_sessions')).toEqual([100])
    })

    it('an alert fires while one request in twenty is a 503, and clears when that ends', async () => {
      const [app] = apps as [App]
      const [of] = callers as [Callers]
      const check = async (isFiring: boolean, drive: () => Promise<unknown>): Promise<void> =>
        vi.waitFor(
          async () => {
            await drive()
            expect((await prometheus.alerts()).get('DualauthAuthSystemErrors') === 'firing').toBe(isFiring)
          },
          { timeout: 30_000, interval: 200 },
        )
      await check(true, async () => {
        app.world.state.isLinkDown = true
        await of.fresh()
        app.world.state.isLinkDown = false
        await of.known()
      })
      await check(false, () => of.known())
    }, 60_000)
  })
})
