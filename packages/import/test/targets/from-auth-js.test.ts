import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import PostgresAdapter from '@auth/pg-adapter'
import bcrypt from 'bcryptjs'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { admin, genericOAuth } from 'better-auth/plugins'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { authJsSource, betterAuthTarget, createImport } from '../../src/index.js'
import { PG_ADAPTER } from '../support/auth-js.js'
import { describePostgres } from '../support/database.js'
import { createBrowser } from '../support/browser.js'
import { startProvider, type TestProvider } from '../support/provider.js'

describePostgres('a move from Auth.js to Better Auth', ({ query, rows, pool }) => {
  let provider: TestProvider
  let server: Server
  let origin: string
  beforeAll(async () => {
    let handle: ReturnType<typeof toNodeHandler> | null = null
    server = createServer((request, response) => void handle?.(request, response))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`
    provider = await startProvider(`${origin}/api/auth/callback/acme`)
    const auth = betterAuth({
      database: pool(),
      baseURL: origin,
      secret: randomBytes(32).toString('hex'),
      emailAndPassword: {
        enabled: true,
        password: { verify: ({ hash, password }) => bcrypt.compare(password, hash) },
      },
      plugins: [
        admin(),
        genericOAuth({
          config: [
            {
              providerId: 'acme',
              discoveryUrl: `${provider.issuer}/.well-known/openid-configuration`,
              clientId: 'web',
              clientSecret: provider.secret,
              scopes: ['openid', 'email'],
              pkce: true,
            },
          ],
        }),
      ],
      telemetry: { enabled: false },
      logger: { disabled: true },
    })
    await (await getMigrations(auth.options)).runMigrations()
    handle = toNodeHandler(auth)
    for (const statement of PG_ADAPTER.split(';')) await rows(statement)
    await rows('alter table users add column "hashedPassword" text')
    await rows('alter table users add column "isBanned" boolean')
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
    await provider.close()
  })

  const post = (path: string, body: object, browser = createBrowser()) =>
    browser.ask(`${origin}/api/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify(body),
    })
  const byPassword = async (email: string, password: string) =>
    (await post('/sign-in/email', { email, password })).status
  /** Who is signed in after a visit at the provider; null: nobody. */
  const byProvider = async (subject: string) => {
    provider.signedInAs = subject
    const browser = createBrowser()
    const begun = await post(
      '/sign-in/social',
      { provider: 'acme', callbackURL: '/done', errorCallbackURL: '/failed' },
      browser,
    )
    await browser.go((JSON.parse(begun.text) as { readonly url: string }).url)
    const session = await browser.ask(`${origin}/api/auth/get-session`)
    return (JSON.parse(session.text) as { readonly user?: Readonly<Record<string, unknown>> } | null)?.user ?? null
  }

  it('keeps people, passwords, and the accounts by which they sign in', async () => {
    const adapter = PostgresAdapter(pool())
    const made = async (email: string, emailVerified: Date | null) =>
      adapter.createUser!({ id: '', email, emailVerified, name: 'Somebody', image: `https://example.com/${email}.png` })
    const ada = await made('ada@example.com', new Date())
    const bob = await made('bob@example.com', null)
    const cleo = await made('cleo@example.com', new Date())
    const hash = await bcrypt.hash('correct horse', 4)
    await query('update users set "hashedPassword" = $1 where id <> $2', [hash, ada.id])
    await query('update users set "isBanned" = true where id = $1', [cleo.id])
    const account = { type: 'oidc', provider: 'acme-of-auth-js', access_token: 'secret' } as const
    await adapter.linkAccount!({ ...account, userId: ada.id, providerAccountId: 'subject-of-ada' })
    await adapter.linkAccount!({ ...account, userId: cleo.id, providerAccountId: 'subject-of-cleo' })

    const importing = createImport({
      query,
      source: authJsSource({ query, providers: { 'acme-of-auth-js': 'acme' } }),
      target: betterAuthTarget({ query, pool: pool(), passwords: ['better-auth', 'bcrypt'] }),
    })
    const { counts } = await importing.run()
    expect(counts.person).toMatchObject({ read: 3, created: 3, resetRequired: 0 })
    expect((await importing.verify()).counts.person).toMatchObject({ same: 3, differs: 0 })

    // Better Auth writes tokens of its own at the next sign-in.
    expect(
      await rows(
        `select "providerId" as provider, "accessToken" as token from account where "accountId" = 'subject-of-cleo'`,
      ),
    ).toEqual([{ provider: 'acme', token: null }])

    // Her address at the provider is another one: it is the account that says who she is.
    expect(await byProvider('subject-of-ada')).toMatchObject({
      id: String(ada.id),
      email: 'ada@example.com',
      emailVerified: true,
      image: 'https://example.com/ada@example.com.png',
    })
    expect(await rows('select count(*)::int as people from "user"')).toEqual([{ people: 3 }])
    expect(await byPassword('bob@example.com', 'correct horse')).toBe(200)
    expect(await byPassword('bob@example.com', 'wrong')).toBe(401)
    expect(await byPassword('ada@example.com', 'correct horse')).toBe(401)
    expect(await byPassword('cleo@example.com', 'correct horse')).toBe(403)
    expect(await byProvider('subject-of-cleo')).toBeNull()
    expect(await rows(`select "emailVerified" as verified from "user" where id = '${bob.id}'`)).toEqual([
      { verified: false },
    ])
  })
})
