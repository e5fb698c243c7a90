import { createDatabase, describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { installSchema, openDatabase, postgresEvidence, type Database } from '@dualauth/postgres'
import type { Heartbeat, Sighting } from '@dualauth/core'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import {
  buildCli,
  run,
  start,
  startOnTerminal,
  type BuiltCli,
  type Ended,
  type RunOptions,
  type Running,
} from './cli.js'
import { runHere } from './in-process.js'

/** The built command and a real PostgreSQL with the schema. Each test has a migration of its own. */
export interface World {
  readonly bin: string
  readonly url: string
  /** Its own server, for tests that asked for one. */
  readonly server: PostgresServer
  readonly database: Database
  /** Name of the migration of this test. */
  readonly migration: string
  /** The command for this test's migration, without the second that a process of its own takes. */
  dualauth(args: string, options?: RunOptions): Promise<Ended>
  /** The same as people start it: streams, exit codes and what the environment gives are those of a process. */
  process(args: string, options?: RunOptions): Promise<Ended>
  /** The command, to get somewhere; it must succeed. */
  does(args: string, options?: RunOptions): Promise<void>
  /** Its value with `--json`. */
  json<T = Record<string, any>>(args: string, options?: RunOptions): Promise<T>
  start(args: string, options?: RunOptions): Running
  onTerminal(args: string, options?: RunOptions): Running
  /** Keeps that people were seen, and that an instance watched. */
  see(sightings: readonly Partial<Sighting>[], heartbeat?: Partial<Heartbeat>): Promise<void>
}

/** @param own A server of its own: for tests that stop it, or make roles. */
export function describeCli(
  name: string,
  tests: (world: World) => void,
  { own = false }: { own?: boolean } = {},
): void {
  describeWith('PostgreSQL', name, () => {
    let built: BuiltCli
    let server: PostgresServer | undefined
    let url: string
    let database: Database
    let count = 0
    beforeAll(async () => {
      if (own) server = await startPostgres()
      ;[built, url] = await Promise.all([buildCli(), server?.url ?? createDatabase()])
      database = await openDatabase(url)
      await installSchema(database.query)
    })
    afterAll(async () => {
      await database?.close()
      await server?.close()
      built?.remove()
    })
    beforeEach(() => void count++)
    const options = ({ env = {}, ...rest }: RunOptions = {}): RunOptions => ({
      ...rest,
      env: { DATABASE_URL: url, ...env },
    })
    const words = (args: string): readonly string[] => [...wordsOf(args), '--migration', world.migration]
    const world: World = {
      get bin() {
        return built.bin
      },
      get url() {
        return url
      },
      get server() {
        return server as PostgresServer
      },
      get database() {
        return database
      },
      get migration() {
        return `m${count}`
      },
      dualauth: (args, given) => runHere(words(args), options(given)),
      process: (args, given) => run(built.bin, words(args), options(given)),
      async does(args, given) {
        const { code, err } = await runHere(words(args), options(given))
        if (code !== 0) throw new Error(`dualauth ${args} ended with ${code}: ${err}`)
      },
      async json<T>(args: string, given?: RunOptions) {
        const { out, err } = await runHere([...words(args), '--json'], options(given))
        try {
          return JSON.parse(out) as T
        } catch {
          throw new Error(`no JSON: ${out}${err}`)
        }
      },
      start: (args, given) => start(built.bin, words(args), options(given)),
      onTerminal: (args, given) => startOnTerminal(built.bin, words(args), options(given)),
      async see(sightings, heartbeat = {}) {
        const { migration } = world
        await postgresEvidence(database.query).write(
          sightings.map((seen) => sightingOf({ migration, ...seen })),
          heartbeatOf({ migration, ...heartbeat }),
        )
      },
    }
    tests(world)
  })
}

/** As a shell without expansion: words, and `'quoted words'`. */
export function wordsOf(args: string): readonly string[] {
  return [...args.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

function sightingOf(parts: Partial<Sighting>): Sighting {
  const at = parts.lastAt ?? Date.now()
  return {
    migration: 'default',
    side: 'old',
    outcome: 'accepted',
    user: 'u-1',
    organization: null,
    client: 'bearer',
    verifier: parts.side === 'new' ? 'better-auth' : 'legacy',
    day: new Date(at).toISOString().slice(0, 10),
    firstAt: at,
    lastAt: at,
    uses: 1,
    expiresAt: null,
    ...parts,
  }
}

function heartbeatOf(parts: Partial<Heartbeat>): Heartbeat {
  const at = parts.lastAt ?? Date.now()
  return {
    migration: 'default',
    instance: 'one',
    day: new Date(at).toISOString().slice(0, 10),
    firstAt: at,
    lastAt: at,
    writtenAt: Date.now(),
    version: 1,
    lost: 0,
    ended: false,
    ...parts,
  }
}
