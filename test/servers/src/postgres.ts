import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, programOf, startProgram, stopProgram } from './programs.js'

/** A PostgreSQL cluster of its own, on loopback, that is gone when it is closed. */
export interface PostgresServer {
  readonly url: string
  /** Breaks all connections; the data stays. */
  stop(): Promise<void>
  /** The same server at the same address once more. */
  start(): Promise<void>
  /** Starts it again as a hot standby, which only reads, until it is closed. */
  demote(): Promise<void>
  close(): Promise<void>
}

/** @param more Further settings, `name=value`. */
export async function startPostgres(more: readonly string[] = []): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'dualauth-postgres-'))
  // PostgreSQL refuses to run as root.
  const account = process.getuid?.() === 0 ? { uid: unprivileged('-u'), gid: unprivileged('-g') } : {}
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid)
  // A role named like the schema `dualauth` would have it in its search path.
  const options = { cwd: folder, ...account }
  const args = ['-D', folder, '-U', 'tests', '--auth=trust', '--no-sync', '--encoding=UTF8', '--no-locale']
  const made = spawnSync(programOf('initdb'), args, { ...options, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const port = await freePort()
  const settings = [
    'fsync=off',
    `unix_socket_directories=${folder}`,
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    ...more,
  ]
  const start = () =>
    startProgram(
      'postgres',
      ['-D', folder, ...settings.flatMap((setting) => ['-c', setting])],
      /ready to accept (read-only )?connections/,
      options,
    )
  let child = await start()
  // At once, and yet its shared memory is given back.
  const stop = () => stopProgram(child, 'SIGQUIT')
  return {
    url: `postgres://tests@127.0.0.1:${port}/postgres`,
    stop,
    async start() {
      child = await start()
    },
    async demote() {
      await stop()
      writeFileSync(join(folder, 'standby.signal'), '')
      child = await start()
    },
    async close() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function unprivileged(which: '-u' | '-g'): number {
  return Number(spawnSync('id', [which, 'nobody'], { encoding: 'utf8' }).stdout)
}
