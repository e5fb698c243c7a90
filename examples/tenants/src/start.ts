import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { DualAuth, Query } from '@dualauth/core'
import { installSchema, openDatabase, policies, type Accounts, type Policies } from '@dualauth/postgres'
import { API, createAuth } from './auth.js'
import { createOldSide, type OldSide } from './old-side.js'
import { startProvider, type Idp } from './provider.js'
import { createService } from './service.js'

/** One process of the API. */
export interface Instance {
  readonly url: string
  readonly auth: DualAuth
  readonly people: Accounts
  close(): Promise<void>
}

export interface Running extends Instance {
  readonly query: Query
  /** What an operator has: here instead of the command line. */
  readonly policies: Policies
  readonly oldSide: OldSide
  readonly idp: Idp
  startAnother(): Promise<Instance>
}

export async function start(databaseUrl?: string): Promise<Running> {
  const jwtSecret = randomBytes(32).toString('hex')
  const database = await openDatabase(databaseUrl)
  const { query, pool } = database
  await installSchema(query)
  await pool.query(readFileSync(new URL('tables.sql', import.meta.url), 'utf8'))
  const steering = policies(query)
  const decision = { actor: 'deploy', reason: 'the move is prepared' }
  await steering.write({ document: { stage: 'off' }, expectedVersion: 0, ...decision })

  const idp = await startProvider(API)
  const oldSide = createOldSide(query, jwtSecret)
  const startAnother = async (): Promise<Instance> => {
    const { auth, people } = createAuth(database, jwtSecret, idp.issuer)
    await people.ready()
    const server = createService({ auth, oldSide, signInAt: idp.signInAt }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      auth,
      people,
      async close() {
        server.closeAllConnections()
        await new Promise((resolve) => void server.close(resolve))
        await auth.close()
      },
    }
  }
  const first = await startAnother()
  await mapGroups(first.people, idp.issuer)

  return {
    ...first,
    query,
    policies: steering,
    oldSide,
    idp,
    startAnother,
    async close() {
      await first.close()
      await idp.close()
      await database.close()
    },
  }
}

/** What the provider's groups mean here. Nothing is matched by name: a group that is not in the map is none. */
async function mapGroups({ organizations }: Accounts, issuer: string): Promise<void> {
  const group = { verifier: 'idp', issuer, kind: 'group', actor: 'deploy' } as const
  for (const organization of ['acme', 'beta']) {
    await organizations.set({ ...group, externalId: `tenant_${organization}_users`, organization, roles: ['member'] })
    await organizations.set({ ...group, externalId: `tenant_${organization}_admins`, organization, roles: ['admin'] })
  }
}
