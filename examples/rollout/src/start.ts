import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { DualAuth, Query } from '@dualauth/core'
import { installSchema, openDatabase, policies, type Policies } from '@dualauth/postgres'
import { createAuth } from './auth.js'
import { createNewSide, type NewSide } from './new-side.js'
import { createOldSide } from './old-side.js'
import { createService } from './service.js'

export interface Running {
  readonly url: string
  readonly auth: DualAuth
  readonly query: Query
  /** What an operator has: here instead of the command line. */
  readonly policies: Policies
  register(email: string, password: string): Promise<string>
  close(): Promise<void>
}

export async function start(databaseUrl?: string): Promise<Running> {
  const [jwtSecret, betterAuthSecret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
  const database = await openDatabase(databaseUrl)
  const { query, pool } = database
  await installSchema(query)
  await query(readFileSync(new URL('tables.sql', import.meta.url), 'utf8'), [])
  const steering = policies(query)
  await steering.write({
    document: { stage: 'off' },
    expectedVersion: 0,
    actor: 'deploy',
    reason: 'the move is prepared',
  })

  const oldSide = createOldSide(query, jwtSecret)
  const { auth, people } = createAuth(database, jwtSecret, betterAuthSecret)
  // Better Auth wants to know its address.
  const app = await createService({ auth, oldSide, newSide: () => newSide })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const newSide: NewSide = await createNewSide(pool, betterAuthSecret, url, people)
  await auth.ready()

  return {
    url,
    auth,
    query,
    policies: steering,
    register: oldSide.register,
    async close() {
      await app.close()
      await auth.close()
      await database.close()
    },
  }
}
