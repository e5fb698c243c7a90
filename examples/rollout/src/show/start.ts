import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AuditTrail, DualAuth } from '@dualauth/core'
import { installSchema, openDatabase, policies, type Database, type Policies } from '@dualauth/postgres'
import { createAuth } from '../auth.js'
import { createNewSide, type NewSide } from '../new-side.js'
import { createOldSide } from '../old-side.js'
import { createSecondService } from '../second-service.js'
import { createInternal, createService } from '../service.js'

/** Everything that runs, and what an operator holds. */
export interface Running {
  readonly url: string
  /** Of the port for operators. */
  readonly internalUrl: string
  readonly secondUrl: string
  readonly database: Database
  readonly auth: DualAuth
  readonly audit: AuditTrail
  /** What an operator has: here instead of the command line. */
  readonly policies: Policies
  readonly oldSide: ReturnType<typeof createOldSide>
  /** Letters that the new side has sent: the address in each, by its receiver. */
  readonly letters: ReadonlyMap<string, string>
  close(): Promise<void>
}

export interface Knobs {
  readonly databaseUrl?: string | undefined
  readonly port?: number
  /** Of the hashes of the old side. Default 8, so that the show is short; applications have 10 or 12. */
  readonly bcryptCost?: number
  readonly sessionMinutes?: number
  readonly google?: { readonly clientId: string; readonly clientSecret: string }
}

export async function start({ databaseUrl, port = 0, bcryptCost = 8, ...knobs }: Knobs = {}): Promise<Running> {
  const [jwtSecret, betterAuthSecret, reportsSecret] = [newSecret(), newSecret(), newSecret()]
  const database = await openDatabase(databaseUrl)
  const { query, pool } = database
  await installSchema(query)
  await query(readFileSync(new URL('../tables.sql', import.meta.url), 'utf8'), [])
  const steering = policies(query)
  await steering.write({
    document: { stage: 'off' },
    expectedVersion: 0,
    actor: 'deploy',
    reason: 'the move is prepared',
  })

  const oldSide = createOldSide(query, jwtSecret, bcryptCost)
  const { auth, people, register, audit } = createAuth(database, jwtSecret, betterAuthSecret)
  // Better Auth wants to know its address.
  const app = await createService({ auth, oldSide, newSide: () => newSide, reportsSecret })
  const host = '127.0.0.1'
  const url = await app.listen({ port, host })
  const letters = new Map<string, string>()
  const sendMail = async (to: string, link: string): Promise<void> => void letters.set(to, link)
  const newSide: NewSide = await createNewSide({
    pool,
    secret: betterAuthSecret,
    baseURL: url,
    people,
    sendMail,
    ...knobs,
  })
  const internal = await createInternal(auth, register)
  const second = createSecondService(`${url}/auth/introspect`, reportsSecret)
  const internalUrl = await internal.listen({ port: 0, host })
  const secondUrl = await second.listen({ port: 0, host })
  await auth.ready()

  return {
    url,
    internalUrl,
    secondUrl,
    database,
    auth,
    audit,
    policies: steering,
    oldSide,
    letters,
    async close() {
      for (const one of [second, internal, app]) await one.close()
      await auth.close()
      await audit.close()
      await database.close()
    },
  }
}

function newSecret(): string {
  return randomBytes(32).toString('hex')
}
