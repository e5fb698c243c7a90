import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installSchema, openDatabase, type DatabasePool } from '@dualauth/postgres'
import { startNewSide, type NewSide } from './new-side.js'
import { fillOldSide, type Sample } from './old-side.js'
import { createOperator, type Operator } from './operator.js'

export interface Running {
  readonly people: number
  readonly samples: readonly Sample[]
  readonly pool: DatabasePool
  readonly newSide: NewSide
  readonly operator: Operator
  /** Where reports go. */
  readonly folder: string
  close(): Promise<void>
}

export interface StartOptions {
  /** An empty database of PostgreSQL. */
  readonly databaseUrl: string
  readonly people: number
  /** Passwords of each format. */
  readonly each: number
  readonly say?: (text: string) => void
}

/** The old side's tables, and a Better Auth with its own, in one database. */
export async function start({ databaseUrl, people, each, say = () => {} }: StartOptions): Promise<Running> {
  const { query, pool, close } = await openDatabase(databaseUrl, { statementTimeoutMs: 0 })
  const folder = await mkdtemp(join(tmpdir(), 'dualauth-import-'))
  await installSchema(query)
  const samples = await fillOldSide(pool, people, each)
  const newSide = await startNewSide(pool)
  return {
    people,
    samples,
    pool,
    newSide,
    operator: createOperator(databaseUrl, folder, say),
    folder,
    async close() {
      await newSide.close()
      await close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
