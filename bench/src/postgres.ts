import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Query } from '@dualauth/core'
import { Pool } from 'pg'

export interface Postgres {
  readonly pool: Pool
  /** The port of `sqlSessions` and others, with named prepared statements. */
  readonly query: Query
  stop(): Promise<void>
}

const STARTUP_MS = 10_000

/** A throwaway cluster on a free port of loopback; `initdb` and `postgres` must be on PATH. */
export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'dualauth-bench-'))
  const owner = unprivileged()
  if (owner !== null) chownSync(folder, owner.uid, owner.gid)
  await promisify(execFile)('initdb', ['-D', folder, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...owner,
  })
  const port = await freePort()
  // No disk: it would be most of what a write costs, on both sides.
  const settings = ['fsync=off', 'unix_socket_directories=', 'listen_addresses=127.0.0.1'].flatMap((one) => ['-c', one])
  const child = spawn('postgres', ['-D', folder, '-p', String(port), ...settings], { ...owner, stdio: 'ignore' })
  const exited = once(child, 'exit')
  const pool = new Pool({ host: '127.0.0.1', port, user: 'bench', database: 'postgres', max: 10 })
  // Its connections break when the cluster stops.
  pool.on('error', () => {})
  await ready(pool)
  return {
    pool,
    query: preparedQuery(pool),
    async stop() {
      await pool.end()
      child.kill('SIGINT')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const id = (...args: string[]) => Number(execFileSync('id', args, { encoding: 'utf8' }))
  return { uid: id('-u', 'nobody'), gid: id('-g', 'nobody') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function ready(pool: Pool): Promise<void> {
  const deadline = Date.now() + STARTUP_MS
  for (;;) {
    try {
      await pool.query('SELECT 1')
      return
    } catch (cause) {
      if (Date.now() > deadline) throw new Error('PostgreSQL does not start', { cause })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function preparedQuery(pool: Pool): Query {
  const names = new Map<string, string>()
  return async (text, values) => {
    const name = names.get(text) ?? `statement_${names.size}`
    names.set(text, name)
    return (await pool.query({ name, text, values: [...values] })).rows as Record<string, unknown>[]
  }
}
