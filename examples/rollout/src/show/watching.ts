import { printRules } from '@dualauth/metrics/rules'
import { programOf, startPrometheus, type PrometheusServer } from '@dualauth/servers'
import type { Person, Show } from './steps.js'
import { until } from './steps.js'

/** What dashboards of the old monitoring ask for. */
const NAMES = ['attempts_total', 'success_total', 'failures_total', 'token_validations_total', 'token_cache_hits_total']
const SIX = [...NAMES, 'active_sessions'].map((name) => `better_auth_${name}`)
const ALERT = 'DualauthAuthSystemErrors'

/** A Prometheus that goes by the printed rules, in seconds instead of minutes; null where none is installed. */
export async function startWatching({ running }: Show): Promise<PrometheusServer | null> {
  if ((programOf('prometheus') as string | null) === null) return null
  const rules = printRules({ thresholds: { window: '5s', for: '1s', minRequestsPerSecond: 0.5 } })
  return startPrometheus({ jobs: { api: [running.internalUrl] }, rules })
}

/** What Prometheus is given, and what it makes of that by the six names. */
export async function readFigures({ note, tables, running }: Show, prometheus: PrometheusServer | null): Promise<void> {
  const look = async (): Promise<{ status: number; samples: readonly string[] }> => {
    const response = await fetch(`${running.internalUrl}/metrics`)
    const lines = (await response.text()).split('\n')
    return { status: response.status, samples: lines.filter((line) => line.startsWith('dualauth_')) }
  }
  // Figures of the database are a second old at most.
  const { status, samples } = await until(look, (seen) => seen.samples.some((line) => line.includes('provisioned')))
  note('GET /metrics', '200', String(status), `${samples.length} samples`)
  const shown = (name: string): (readonly string[])[] =>
    samples
      .filter((line) => line.startsWith(`dualauth_${name}{`))
      .toSorted()
      .map((line) => /\{(.*)\} (\S+)$/.exec(line)!.slice(1))
  const links = shown('links')
  const hows = links.map(([labels = '', value]) => `${value} ${/how="([^"]+)"/.exec(labels)?.[1]}`)
  note('it says how people were linked', '20 import, 1 provisioned', hows.join(', '))
  tables.push({ title: 'For which side sign-ins were decided, by /metrics', rows: shown('cohort_total') })
  if (prometheus === null) return
  const counted = samples
    .filter((line) => /^dualauth_requests_total\{.*provider="better-auth"/.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  const valueOf = async (name: string): Promise<number> => Number((await prometheus.query(name))[0]?.value[1] ?? 0)
  const seen = await until(
    () => Promise.all(SIX.map(valueOf)),
    ([attempts]) => attempts === counted,
  )
  const [attempts = 0, successes = 0, failures = 0, , hits = 0, sessions = 0] = seen
  note('Prometheus has all attempts', String(counted), String(attempts))
  note('which are successes and failures', String(attempts), String(successes + failures))
  note('sessions were remembered, and are counted', 'true', String(hits > 0 && sessions > 0))
  tables.push({ title: 'Of Prometheus', rows: SIX.map((name, place) => [name, String(seen[place])]) })
}

/** Tables go missing, and come back: what health and alerts say. */
export async function breakThings(
  { running, note }: Show,
  eve: Person,
  prometheus: PrometheusServer | null,
): Promise<void> {
  const { query } = running.database
  const rename = (from: string, to: string): Promise<unknown> => query(`alter table "${from}" rename to "${to}"`, [])
  const health = async (): Promise<string> => {
    const response = await fetch(`${running.url}/auth/health`)
    const { status, code } = (await response.json()) as { status: string | number; code?: string }
    return `${response.status} ${code ?? status}`
  }
  const becomes = async (shows: string, expected: string): Promise<void> =>
    note(shows, expected, await until(health, (seen) => seen === expected))

  await becomes('GET /auth/health', '200 ready')
  await rename('session', 'session_away')
  await becomes('sessions of the new side cannot be read', '200 degraded')
  await rename('session_away', 'session')
  await rename('users', 'users_away')
  await becomes('nor the table of users', '503 verifier_unavailable')
  // Nobody has seen her yet: whoever was seen goes on for a while.
  if (prometheus !== null)
    note(`${ALERT} fires`, 'firing, after 503', await alert(prometheus, eve, (state) => state === 'firing'))
  await rename('users_away', 'users')
  await becomes('all is back', '200 ready')
  if (prometheus !== null)
    note('and clears', 'quiet, after 200', await alert(prometheus, eve, (state) => state === 'quiet'))
}

/** Somebody calls on and on, until the alert is as it should be. */
async function alert(
  prometheus: PrometheusServer,
  caller: Person,
  isEnough: (state: string) => boolean,
): Promise<string> {
  const look = async (): Promise<{ state: string; status: string }> => {
    const [status = ''] = (await caller.me()).brief.split(' ')
    return { state: (await prometheus.alerts()).get(ALERT) ?? 'quiet', status }
  }
  const { state, status } = await until(look, (seen) => isEnough(seen.state))
  return `${state}, after ${status}`
}
