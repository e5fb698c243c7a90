import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Query } from '@dualauth/core'
import { installSchema, openDatabase } from '@dualauth/postgres'
import { startFakeWorkos, type FakeWorkos } from '@dualauth/testing'
import { createApp } from './app.js'
import { createAuth } from './auth.js'

export interface Running extends Pick<ReturnType<typeof createAuth>, 'auth' | 'catchUp' | 'importAll'> {
  readonly url: string
  readonly query: Query
  readonly workos: FakeWorkos
  /** What seals the sessions, for whoever reads them as well. */
  readonly cookiePassword: string
  close(): Promise<void>
}

/** The application over PGlite or the server of a URL, and a WorkOS of this machine. */
export async function start(databaseUrl?: string): Promise<Running> {
  const { query, pool, close } = await openDatabase(databaseUrl)
  await installSchema(query)
  await pool.query(readFileSync(new URL('tables.sql', import.meta.url), 'utf8'))
  const workos = await startFakeWorkos()
  const cookiePassword = randomBytes(32).toString('base64url')
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // Browsers take cookies of localhost for secure ones; the site of the WorkOS is another one.
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const { clientId, apiKey, webhookSecret, origin: apiUrl } = workos
  const parts = createAuth({ query, origin: url, clientId, apiKey, webhookSecret, cookiePassword, apiUrl })
  await parts.people.ready()
  server.on('request', createApp(parts, query))
  return {
    ...parts,
    url,
    query,
    workos,
    cookiePassword,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
      await parts.auth.close()
      await workos.close()
      await close()
    },
  }
}
