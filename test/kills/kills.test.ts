import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { installSchema } from '@dualauth/postgres'
import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACTS } from './acts.mjs'

const KILLS = Number(process.env['KILLS'] ?? 50)
/** Long enough for some rounds of work, and short enough that many are hit in the middle of one. */
const MAX_LIFE_MS = 250

type Query = (sql: string, params: readonly unknown[]) => Promise<Record<string, unknown>[]>

interface Act {
  /** At most, in milliseconds. Default 250. */
  readonly lifeMs?: number
  prepare?(database: Tables): Promise<Prepared | void>
  check(left: Tables & Prepared & { reports: readonly object[] }): Promise<string>
}

interface Tables {
  readonly query: Query
  readonly pool: Pool
}

interface Prepared {
  /** For the processes; JSON. */
  readonly given?: object
  close?(): Promise<void>
}

describeWith('PostgreSQL', 'a process that is killed', () => {
  let server: PostgresServer
  let pool: Pool
  const query: Query = async (sql, params) => (await pool.query<Record<string, unknown>>(sql, [...params])).rows
  beforeAll(async () => {
    server = await startPostgres()
    pool = new Pool({ connectionString: server.url })
    pool.on('error', () => {})
    await installSchema(query)
  })
  afterAll(async () => {
    await pool.end()
    await server.close()
  })

  describe.each(Object.entries(ACTS as object as Record<string, Act>))('in the middle of %s', (name, act) => {
    it(`leaves everything whole, ${KILLS} times`, async () => {
      const prepared = (await act.prepare?.({ query, pool })) ?? {}
      const reports: object[] = []
      for (let round = 0; round < KILLS; round++)
        reports.push(...(await killed([name, server.url, JSON.stringify(prepared.given ?? {})], act.lifeMs)))
      await statementsEnded(query)
      expect(reports.length).toBeGreaterThan(KILLS)
      console.info(`${name}: ${await act.check({ ...prepared, query, pool, reports })}`)
      await prepared.close?.()
    })
  })
})

/** Starts a process, kills it at a random moment after its first report, and gives what it had reported by then. */
async function killed(args: readonly string[], lifeMs = MAX_LIFE_MS): Promise<object[]> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('child.mjs', import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  const begun = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      resolve()
    })
  })
  const exited = once(child, 'close')
  await Promise.race([begun, exited])
  await new Promise((resolve) => setTimeout(resolve, Math.random() * lifeMs))
  child.kill('SIGKILL')
  const [code] = (await exited) as [number | null]
  if (code !== null) throw new Error(`${args[0]}: ended by itself, with ${code}`)
  // The last line may be cut off: what it would have said was not reported.
  return Buffer.concat(chunks)
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as object)
}

/** A server may go on with the statement of a client that is gone. */
async function statementsEnded(query: Query): Promise<void> {
  for (;;) {
    const [row] = await query(
      `select count(*)::text as left from pg_stat_activity where application_name = 'to be killed'`,
      [],
    )
    if (row?.['left'] === '0') return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
