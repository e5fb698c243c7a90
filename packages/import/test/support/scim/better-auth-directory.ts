import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { scim } from '@better-auth/scim'
import { betterAuth, type BetterAuthPlugin } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import type { Pool } from 'pg'
import { listening } from './listening.js'
import type { ScimServer } from './directory.js'

/**
 * Better Auth with its plugin of SCIM, in the schema `ba`: knows no filter of members and no versions, names of groups are unique, and
 * a group has at most 1,000 members.
 */
export async function startBetterAuthScim(pool: Pool): Promise<ScimServer> {
  const token = randomBytes(24).toString('hex')
  await pool.query('drop schema if exists ba cascade; create schema ba')
  const own = new (pool.constructor as typeof Pool)({ ...pool.options, options: '-c search_path=ba' })
  own.on('error', () => {})
  // Its declarations are written without `exactOptionalPropertyTypes`.
  const plugin: object = scim({ connections: [{ id: 'import', credentials: [{ type: 'bearer', id: 'one', token }] }] })
  const auth = betterAuth({
    database: own,
    baseURL: 'http://localhost:3000',
    secret: randomBytes(32).toString('hex'),
    rateLimit: { enabled: false },
    plugins: [plugin as BetterAuthPlugin],
    telemetry: { enabled: false },
    logger: { disabled: true },
  })
  await (await getMigrations(auth.options)).runMigrations()
  const handler = toNodeHandler(auth)
  const { origin, close } = await listening(createServer((request, response) => void handler(request, response)))
  return {
    url: `${origin}/api/auth/scim/v2`,
    token,
    async close() {
      await close()
      await own.end()
    },
  }
}
