// The recipes of the page, over rows and cookies that Lucia's code, Django and Laravel made.
import { createHash, randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import type { DualAuth } from '@dualauth/core'
import { openDatabase, type Database } from '@dualauth/postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DJANGO, DJANGO_SECRET_KEY, LARAVEL, LARAVEL_APP_KEY } from './fixtures/framework-sessions.js'
import { fileOf } from './snippets.js'

const NOW = Date.parse('2026-11-29T23:30:00Z')
const page = 'docs/verifiers/sessions.md'

let database: Database
const rows = (sql: string, params: readonly unknown[] = []) => database.query(sql, params)

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  database = await openDatabase()
  for (const sql of [
    'CREATE TABLE user_session (id text PRIMARY KEY, user_id integer, expires_at timestamptz)',
    'CREATE TABLE session (id text PRIMARY KEY, secret_hash bytea, user_id integer, created_at bigint)',
    'CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text, expire_date timestamptz)',
    'CREATE TABLE auth_user (id integer PRIMARY KEY, password varchar(128), is_active boolean)',
    'CREATE TABLE sessions (id varchar PRIMARY KEY, user_id bigint, payload text, last_activity integer)',
  ])
    await rows(sql)
  Object.assign(globalThis, { query: rows, env: { DJANGO_SECRET_KEY, LARAVEL_APP_KEY } })
}, 60_000)
afterAll(async () => {
  vi.useRealTimers()
  for (const name of ['query', 'env']) Reflect.deleteProperty(globalThis, name)
  await database.close()
})

async function outcomeOf(recipe: string, cookie: string): Promise<string> {
  const file = pathToFileURL(fileOf(page, `${recipe}.ts`)).href
  const { auth } = (await import(/* @vite-ignore */ file)) as { auth: DualAuth }
  const result = await auth.authenticate({ method: 'GET', headers: { cookie } })
  return result.ok ? `200 ${result.principal.id}` : `${result.error.status} ${result.error.code}`
}

describe('the recipe for Lucia', () => {
  it('finds a session by the hash of its token', async () => {
    const token = randomBytes(20).toString('hex')
    const id = createHash('sha256').update(token).digest('hex')
    await rows('INSERT INTO user_session VALUES ($1, 7, $2)', [id, new Date(NOW + 60_000)])
    expect(await outcomeOf('lucia', `session=${token}`)).toBe('200 7')
    expect(await outcomeOf('lucia', `session=${id}`)).toBe('401 credential_revoked')
  })

  it('finds a session by its id, with its secret', async () => {
    const [id, secret] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')]
    const hash = createHash('sha256').update(secret).digest()
    await rows('INSERT INTO session VALUES ($1, $2, 7, $3)', [id, hash, NOW / 1000 - 60])
    expect(await outcomeOf('lucia-newest', `session_token=${id}.${secret}`)).toBe('200 7')
    expect(await outcomeOf('lucia-newest', `session_token=${id}.${id}`)).toBe('401 credential_revoked')
  })
})

describe.each(DJANGO)(
  'the recipe for Django, with a session of $version',
  ({ key, data, ends, password, anonymous }) => {
    beforeAll(async () => {
      await rows('DELETE FROM django_session')
      await rows('DELETE FROM auth_user')
      await rows('INSERT INTO auth_user VALUES (1, $1, true)', [password])
      await rows('INSERT INTO django_session VALUES ($1, $2, $3)', [key, data, ends])
      await rows('INSERT INTO django_session VALUES ($1, $2, $3)', ['visitor', anonymous, ends])
    })

    it('signs its person in, and no visitor', async () => {
      expect(await outcomeOf('django', `sessionid=${key}`)).toBe('200 1')
      expect(await outcomeOf('django', 'sessionid=visitor')).toBe('401 credential_missing')
      expect(await outcomeOf('django', 'sessionid=other')).toBe('401 credential_revoked')
    })

    it('ends with the account, its password, its time', async () => {
      await rows('UPDATE auth_user SET is_active = false')
      expect(await outcomeOf('django', `sessionid=${key}`)).toBe('403 account_deactivated')
      await rows("UPDATE auth_user SET is_active = true, password = 'changed'")
      expect(await outcomeOf('django', `sessionid=${key}`)).toBe('401 credential_revoked')
      await rows('UPDATE auth_user SET password = $1', [password])
      await rows('UPDATE django_session SET expire_date = $1', [new Date(NOW)])
      expect(await outcomeOf('django', `sessionid=${key}`)).toBe('401 credential_expired')
    })

    it('cannot tell where the secret key is another one: nobody is signed out', async () => {
      await rows('UPDATE django_session SET session_data = $1', [
        data.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A')),
      ])
      expect(await outcomeOf('django', `sessionid=${key}`)).toBe('503 verifier_unavailable')
    })
  },
)

describe('the recipe for Laravel', () => {
  const used = (secondsAgo: number) =>
    rows('UPDATE sessions SET last_activity = $1', [Math.floor(NOW / 1000) - secondsAgo])
  beforeAll(async () => void (await rows("INSERT INTO sessions VALUES ($1, 7, '', 0)", [LARAVEL.id])))

  it('opens the cookie that Laravel encrypted', async () => {
    await used(60)
    expect(await outcomeOf('laravel', `laravel_session=${LARAVEL.cookie}`)).toBe('200 7')
    await used(7_201)
    expect(await outcomeOf('laravel', `laravel_session=${LARAVEL.cookie}`)).toBe('401 credential_expired')
  })

  it('opens none of another name, changed, or of another kind', async () => {
    await used(60)
    const changed = LARAVEL.cookie.replace(/^(.{60})./, (_, head: string) => `${head}A`)
    for (const value of [LARAVEL.otherCookie, changed, LARAVEL.id, 'e30%3D', 'junk', '%00'])
      expect(await outcomeOf('laravel', `laravel_session=${value}`)).toBe('401 credential_invalid')
  })

  it('refuses a cookie whose parts are cut elsewhere under the same MAC, which is no outage', async () => {
    await used(60)
    const envelope = JSON.parse(Buffer.from(decodeURIComponent(LARAVEL.cookie), 'base64').toString()) as {
      iv: string
      value: string
    }
    const { iv, value } = envelope
    for (const cut of [-1, 1, 4]) {
      const all = `${iv}${value}`
      const moved = { ...envelope, iv: all.slice(0, iv.length + cut), value: all.slice(iv.length + cut) }
      const cookie = encodeURIComponent(Buffer.from(JSON.stringify(moved)).toString('base64'))
      expect(await outcomeOf('laravel', `laravel_session=${cookie}`)).toBe('401 credential_invalid')
    }
  })

  it('signs nobody in before the sign-in', async () => {
    await rows('UPDATE sessions SET user_id = NULL')
    expect(await outcomeOf('laravel', `laravel_session=${LARAVEL.cookie}`)).toBe('401 credential_missing')
  })
})
