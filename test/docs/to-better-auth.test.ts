// The app of docs/to-better-auth.md, as printed, over a database of its own and a real Better Auth.
import { randomBytes, randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DualAuth, PolicyDocument } from '@dualauth/core'
import { installSchema, policies, type Database } from '@dualauth/postgres'
import { createLegacyIssuer } from '@dualauth/testing'
import { createBetterAuthTables } from '../../packages/core/test/support/better-auth-tables.js'
import { start, type Running } from './running.js'
import { fileOf } from './snippets.js'

const PAGE = 'docs/to-better-auth.md'
const SITE = 'https://app.example.com'
const [ADA, BEA] = [randomUUID(), randomUUID()]
const PASSWORD = 'correct horse battery'

interface Printed {
  readonly auth: DualAuth
  readonly database: Database
  readonly server: { readonly options: never }
}

const at = (name: string): string => pathToFileURL(fileOf(PAGE, name)).href

describe('the app from own JWTs to Better Auth', () => {
  const issuer = createLegacyIssuer({ secret: randomBytes(32).toString('hex'), claims: { type: 'access' } })
  let printed: Printed
  let app: Running

  beforeAll(async () => {
    const env = { JWT_SECRET: issuer.secret, BETTER_AUTH_SECRET: randomBytes(32).toString('hex') }
    Object.assign(globalThis, { env })
    printed = (await import(/* @vite-ignore */ at('auth.ts'))) as Printed
    const { query } = printed.database
    await installSchema(query)
    await query('create table users (id uuid primary key, name text, email text unique, role text)', [])
    for (const [id, name] of [
      [ADA, 'ada'],
      [BEA, 'bea'],
    ] as const)
      await query("insert into users (id, name, email, role) values ($1, $2, $3, 'editor')", [
        id,
        name,
        `${name}@example.com`,
      ])
    await createBetterAuthTables(printed.server.options)
    await publish({ stage: 'off' })
    app = await start(fileOf(PAGE, 'server.ts'))
  })
  afterAll(async () => {
    await app.close()
    await printed.auth.close()
    await printed.database.close()
    Reflect.deleteProperty(globalThis, 'env')
  })

  async function publish(document: Partial<PolicyDocument>): Promise<void> {
    const { read, write } = policies(printed.database.query)
    const before = await read()
    const written = await write({
      expectedVersion: before?.version ?? 0,
      document: { settleMs: 0, ...document } as PolicyDocument,
      actor: 'test',
      reason: 'test',
    })
    if (!written.ok) throw new Error(written.why)
    if (before !== null)
      await expect
        .poll(() => printed.auth.migrationStatus(), { timeout: 10_000 })
        .toMatchObject({ version: written.document.version })
  }

  /** A browser of the site, which has an old session of somebody; `jti`: signed out of one, the next is another token. */
  function browserOf(userId?: string) {
    const jar = new Map<string, string>()
    if (userId !== undefined) jar.set('session', issuer.sign({ sub: userId, jti: randomUUID() }))
    return {
      jar,
      async ask(method: string, path: string, body?: object): Promise<string> {
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
        const response = await fetch(app.url + path, {
          method,
          redirect: 'manual',
          headers: {
            origin: SITE,
            'sec-fetch-site': 'same-origin',
            ...(cookie !== '' && { cookie }),
            ...(body && { 'content-type': 'application/json' }),
          },
          ...(body && { body: JSON.stringify(body) }),
        })
        for (const field of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(field) as unknown as string[]
          if (value === '' || /max-age=0/i.test(field)) jar.delete(name)
          else jar.set(name, value)
        }
        const location = response.headers.get('location')
        if (location !== null) return `${response.status} ${location.replace(SITE, '')}`
        const answer = (await response.json()) as Record<string, unknown>
        const said = answer['code'] ?? answer['by'] ?? [answer['id'], answer['verifier']].join(' by ')
        return [response.status, said, answer['reason']].filter((part) => part !== undefined).join(' ')
      },
    }
  }

  it('moves somebody who is signed in, with a user at Better Auth, and signs out on both sides', async () => {
    const ada = browserOf(ADA)
    expect(await ada.ask('GET', '/auth/me')).toBe(`200 ${ADA} by legacy`)
    expect(await ada.ask('GET', '/auth/sign-in?returnTo=/things')).toBe('303 /old/login?returnTo=%2Fthings')
    expect(await ada.ask('POST', '/auth/exchange')).toBe('403 exchange_refused stage')

    await publish({ stage: 'dual' })
    await publish({ stage: 'prefer-new', rollout: { unit: 'user', salt: 's', basisPoints: 10_000 } })
    expect(await ada.ask('GET', '/auth/sign-in?returnTo=/things')).toBe('303 /login?returnTo=%2Fthings')
    const bea = browserOf(BEA)
    expect(await ada.ask('POST', '/auth/exchange')).toBe(`200 ${ADA} by better-auth`)
    expect(await ada.ask('GET', '/auth/me')).toBe(`200 ${ADA} by better-auth`)
    expect(await ada.ask('GET', '/things')).toBe(`200 ${ADA}`)
    expect(await bea.ask('GET', '/things')).toBe(`200 ${BEA}`)
    expect([...ada.jar.keys()]).toEqual([
      'session',
      '__Secure-better-auth.session_token',
      '__Secure-better-auth.dont_remember',
    ])

    expect(await ada.ask('POST', '/auth/sign-out')).toBe('303 /')
    expect(await bea.ask('POST', '/auth/sign-out')).toBe('303 /')
    expect([...ada.jar.keys(), ...bea.jar.keys()]).toEqual([])
    expect(await ada.ask('GET', '/auth/me')).toBe('401 credential_missing')
    const { query } = printed.database
    expect(await query('select count(*)::int as n from "session"', [])).toEqual([{ n: 0 }])
  })

  it('knows somebody who signs up there, by an id of the application', async () => {
    const eve = browserOf()
    const account = { name: 'Eve', email: 'eve@example.com', password: PASSWORD }
    expect(await eve.ask('POST', '/api/auth/sign-up/email', account)).toMatch(/^200 /)
    expect(await eve.ask('GET', '/auth/me')).toMatch(/^200 [\da-f-]{36} by better-auth$/)
  })

  it('hands over a password that the old login has checked', async () => {
    const { pushPassword } = (await import(/* @vite-ignore */ at('passwords.ts'))) as {
      pushPassword(login: { userId: string; password: string }): Promise<string>
    }
    expect(await pushPassword({ userId: ADA, password: PASSWORD })).toBe('set')
    expect(await pushPassword({ userId: ADA, password: 'another, later' })).toBe('kept')
    const ada = browserOf()
    const signIn = { email: 'ada@example.com', password: PASSWORD }
    expect(await ada.ask('POST', '/api/auth/sign-in/email', signIn)).toMatch(/^200 /)
    expect(await ada.ask('GET', '/auth/me')).toBe(`200 ${ADA} by better-auth`)
  })

  it('makes nobody out of an address that somebody else has at Better Auth', async () => {
    const { query } = printed.database
    await query('delete from users where email = $1', ['eve@example.com'])
    await query('update users set email = $1 where id = $2', ['EVE@example.com', BEA])
    const bea = browserOf(BEA)
    expect(await bea.ask('POST', '/auth/exchange')).toBe('403 account_conflict address_taken')
    expect(await bea.ask('GET', '/auth/me')).toBe(`200 ${BEA} by legacy`)
  })
})
