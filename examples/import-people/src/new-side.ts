import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPasswords } from '@dualauth/passwords'
import { betterAuthPassword } from '@dualauth/passwords/better-auth'
import type { DatabasePool } from '@dualauth/postgres'
import * as argon2 from '@node-rs/argon2'
import * as bcrypt from '@node-rs/bcrypt'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { admin, organization } from 'better-auth/plugins'

/** A Better Auth with its own tables, over HTTP. */
export interface NewSide {
  /** @returns The status of `/sign-in/email`. */
  signIn(email: string, password: string): Promise<number>
  /** @returns The new user's id. */
  signUp(email: string, password: string): Promise<string>
  close(): Promise<void>
}

export async function startNewSide(pool: DatabasePool): Promise<NewSide> {
  const http = createServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const server = betterAuth({
    baseURL: origin,
    secret: randomBytes(32).toString('base64url'),
    database: pool,
    emailAndPassword: { enabled: true, password: betterAuthPassword(createPasswords({ bcrypt, argon2 })) },
    plugins: [admin(), organization()],
    // Everybody comes from one address.
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
  })
  await (await getMigrations(server.options)).runMigrations()
  const handle = toNodeHandler(server)
  http.on('request', (request, response) => void handle(request, response))
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${origin}/api/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify(body),
    })
  return {
    async signIn(email, password) {
      const { status, body } = await post('/sign-in/email', { email, password })
      await body?.cancel()
      return status
    },
    async signUp(email, password) {
      const response = await post('/sign-up/email', { email, password, name: 'Born on the new side' })
      const { user } = (await response.json()) as { user: { id: string } }
      return user.id
    },
    async close() {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}
