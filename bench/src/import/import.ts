import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { betterAuthTarget, createImport, sqlSource, workosTarget, type ImportOptions } from '@dualauth/import'
import { installSchema } from '@dualauth/postgres'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { organization } from 'better-auth/plugins'
import { startPostgres } from '../postgres.js'
import { fillSource, SOURCE } from './people.js'
import { createSampler, type Memory } from './sample.js'

/** One pass over everybody. */
export interface Pass {
  readonly name: string
  readonly people: number
  readonly seconds: number
  readonly memory: Memory
}

type Target = Pick<ImportOptions, 'target' | 'rps'> & { close(): Promise<void> }

/** A dry run, the run, a verification, a run with nothing to do, and the rollback. */
export async function measure(
  people: number,
  open: (postgres: Awaited<ReturnType<typeof startPostgres>>) => Promise<Target>,
  show: (pass: Pass) => void,
): Promise<readonly Pass[]> {
  const postgres = await startPostgres()
  const { query } = postgres
  try {
    await installSchema(query)
    await fillSource(query, people)
    const { close, ...target } = await open(postgres)
    const passes: Pass[] = []
    const pass = async (name: 'plan' | 'run' | 'verify' | 'rollback'): Promise<void> => {
      const { memory, note } = createSampler(people / 30)
      const onProgress: ImportOptions['onProgress'] = ({ kind, counts }) =>
        kind === 'person' && note(counts.person.read)
      const made = createImport({ query, source: sqlSource({ query, ...SOURCE }), ...target, onProgress })
      const begun = performance.now()
      const { counts } = await made[name]()
      const one = { name, people, seconds: (performance.now() - begun) / 1000, memory }
      const {
        failed = 0,
        conflicts = 0,
        blocked = 0,
        differs = 0,
      } = { ...counts.person } as Partial<Record<string, number>>
      if (failed + conflicts + blocked + differs > 0) throw new Error(`${name}: ${JSON.stringify(counts)}`)
      passes.push(one)
      show(one)
    }
    for (const name of ['plan', 'run', 'verify', 'run', 'rollback'] as const) await pass(name)
    await close()
    return passes
  } finally {
    await postgres.stop()
  }
}

/** Ledger and target in one database: one transaction for each portion. */
export async function intoBetterAuth({ query, pool }: Awaited<ReturnType<typeof startPostgres>>): Promise<Target> {
  const options = {
    baseURL: 'http://127.0.0.1',
    secret: 'a secret of this measurement, which signs nothing',
    database: pool,
    emailAndPassword: { enabled: true },
    plugins: [organization()],
    telemetry: { enabled: false },
    logger: { disabled: true },
  }
  await (await getMigrations(betterAuth(options).options)).runMigrations()
  return { target: betterAuthTarget({ query, pool, passwords: ['bcrypt'] }), close: async () => {} }
}

/** The management API of `@dualauth/testing`, in a process of its own. */
export function intoWorkos(rps?: number): () => Promise<Target> {
  return async () => {
    const child = fork(fileURLToPath(new URL('workos.js', import.meta.url)))
    const [{ apiKey, apiUrl }] = (await once(child, 'message')) as [{ apiKey: string; apiUrl: string }]
    return {
      target: workosTarget({ apiKey, apiUrl }),
      ...(rps !== undefined && { rps }),
      async close() {
        child.disconnect()
        await once(child, 'exit')
      },
    }
  }
}
