// Runs every block that starts no server of ours, connects to no database, is of no page in a browser and is no test (those have tests
// of their own), with what the prelude declares.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { memoryApiKeys, type DualAuth } from '@dualauth/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fileOf, SNIPPETS, textOf } from './snippets.js'

const secret = (): string => randomBytes(32).toString('hex')
const env = {
  JWT_SECRET: secret(),
  BILLING_SECRET: secret(),
  OLD_JWT_SECRET: secret(),
  AUTH_SECRET: secret(),
  OLD_AUTH_SECRET: secret(),
  BETTER_AUTH_SECRET: secret(),
  OLD_BETTER_AUTH_SECRET: secret(),
  WORKOS_CLIENT_ID: 'client_01ABC',
  WORKOS_API_KEY: `sk_test_${secret()}`,
  WORKOS_WEBHOOK_SECRET: secret(),
  FIREBASE_SIGNER_KEY: secret(),
  WORKOS_COOKIE_PASSWORD: secret(),
  OLD_WORKOS_COOKIE_PASSWORD: secret(),
  PUBLIC_KEY_PEM: generateKeyPairSync('rsa', { modulusLength: 2048 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString(),
  PRIVATE_KEY_PEM: generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString(),
  SESSION_PASSWORD: secret(),
  OIDC_CLIENT_SECRET: secret(),
  INTROSPECTION_SECRET: secret(),
  REMOTE_SECRET: secret(),
  SCIM_TOKEN: secret(),
  METRICS_TOKEN: secret(),
  DATABASE_URL: 'postgres://127.0.0.1/app',
  DJANGO_SECRET_KEY: secret(),
  EXPRESS_SESSION_SECRET: secret(),
  SUPABASE_JWT_SECRET: secret(),
  LARAVEL_APP_KEY: `base64:${randomBytes(32).toString('base64')}`,
}
const ignore = (): void => {}
const prelude = {
  env,
  query: async () => [],
  pool: { query: async () => ({ rows: [] }) },
  accounts: { find: async () => null, findOwner: async () => null },
  store: memoryApiKeys(),
  things: { ownerOf: async () => null },
  log: { info: ignore, warn: ignore, error: ignore },
  metrics: { count: ignore },
  onEvent: ignore,
}

describe('a block of the documentation runs', () => {
  const before = { ...process.env }
  beforeAll(() => {
    // Dates in the pages are of the time of their writing.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-12-01') })
    Object.assign(process.env, env)
    Object.assign(globalThis, prelude)
  })
  afterAll(() => {
    vi.useRealTimers()
    process.env = before
    for (const name of Object.keys(prelude)) Reflect.deleteProperty(globalThis, name)
  })

  const quiet = SNIPPETS.filter(
    ({ code }) =>
      !/\.listen\(|\bserve\(|\.plan\(|from '(?:vitest|redis|ioredis|@electric-sql\/pglite|@dualauth\/client|@dualauth\/postgres|\.\/people\.js|\.\/client\.js)'/.test(
        code,
      ),
  )
  it.each(quiet.map(({ page, line, file }) => [`${page}:${line}`, file]))('%s', async (_where, file) => {
    await import(/* @vite-ignore */ pathToFileURL(file).href)
  })

  it('and formatError gives the body that docs/rules/respond.md shows', async () => {
    const { auth } = (await import(
      /* @vite-ignore */ pathToFileURL(fileOf('docs/rules/respond.md', 'format-error.ts')).href
    )) as { auth: DualAuth }
    const result = await auth.authenticate({ method: 'GET', headers: {} })
    const shown = /```json\n([\s\S]*?)```/.exec(textOf('docs/rules/respond.md'))![1]!
    expect(JSON.parse(result.ok ? '{}' : auth.respond(result.error).body)).toEqual(JSON.parse(shown))
  })
})
