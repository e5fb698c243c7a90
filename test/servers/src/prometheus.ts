import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, programOf, startProgram, stopProgram } from './programs.js'

/** A Prometheus of its own, on loopback, that is gone when it is closed. */
export interface PrometheusServer {
  readonly url: string
  /** The result of an instant query, as its API gives it. Rejects where Prometheus refuses the query. */
  query(expression: string): Promise<readonly PrometheusSample[]>
  /** What is pending or firing now, by name of the alert. */
  alerts(): Promise<ReadonlyMap<string, 'pending' | 'firing'>>
  close(): Promise<void>
}

interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>
  /** Seconds since the epoch, and the number. */
  readonly value: readonly [number, string]
}

export interface PrometheusOptions {
  /** Addresses that are scraped at `/metrics`, each as a job of its own; more than one address are instances of one. */
  readonly jobs: Readonly<Record<string, readonly string[]>>
  /** A file of rules, in YAML. */
  readonly rules: string
  /** Between two scrapes and evaluations. Default `1s`. */
  readonly interval?: string
}

export async function startPrometheus({ jobs, rules, interval = '1s' }: PrometheusOptions): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(tmpdir(), 'dualauth-prometheus-'))
  const port = await freePort()
  writeFileSync(join(folder, 'rules.yml'), rules)
  const configuration = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: ['rules.yml'],
    scrape_configs: Object.entries(jobs).map(([job, targets]) => ({
      job_name: job,
      static_configs: [{ targets: targets.map((target) => new URL(target).host) }],
    })),
  }
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(configuration))
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const child = await startProgram('prometheus', args, /Server is ready to receive web requests/)
  const url = `http://127.0.0.1:${port}`

  async function ask<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { data: T; error?: string }
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.data
  }

  return {
    url,
    query: async (expression) =>
      (await ask<{ result: readonly PrometheusSample[] }>(`query?query=${encodeURIComponent(expression)}`)).result,
    async alerts() {
      const { alerts } = await ask<{
        alerts: readonly { labels: Record<string, string>; state: 'pending' | 'firing' }[]
      }>('alerts')
      return new Map(
        alerts
          .toSorted((one, other) => (one.state < other.state ? 1 : -1))
          .map(({ labels, state }) => [labels['alertname'] as string, state]),
      )
    },
    async close() {
      await stopProgram(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What promtool says of some files: null where it finds nothing wrong. */
export function runPromtool(args: readonly string[], files: Readonly<Record<string, string>>): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'dualauth-promtool-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const { status, stdout, stderr } = spawnSync(programOf('promtool'), args, { cwd: folder, encoding: 'utf8' })
    return status === 0 ? null : `${stdout}${stderr}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
