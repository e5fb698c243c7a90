import { randomBytes } from 'node:crypto'
import { betterAuth as betterAuthVerifier, instanceSessions } from '@dualauth/core'
import type { BetterAuthOptions } from 'better-auth'
import { afterEach, describe, expect, it } from 'vitest'
import { betterAuthSignOut } from '../../src/index.js'
import { BETTER_AUTH, VERSIONS, type Version } from '../better-auth-versions.js'
import { createBrowser, createWorld, type World } from './world.js'

let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

const SECRET = randomBytes(32).toString('hex')

/** A real server over tables in memory, which can go away. */
function startBetterAuth(version: Version) {
  const { betterAuth, memoryAdapter } = BETTER_AUTH[version]
  const tables: Record<string, Record<string, unknown>[]> = { user: [], session: [], account: [], verification: [] }
  const database = { isDown: false }
  const kept = memoryAdapter(tables)
  const server = betterAuth({
    database(options: BetterAuthOptions) {
      const adapter = kept(options)
      return new Proxy(adapter, {
        get(target, name, receiver) {
          const member: unknown = Reflect.get(target, name, receiver)
          if (typeof member !== 'function') return member
          return async (...input: unknown[]) => {
            if (database.isDown) throw new Error('the database is down')
            return (member as (...input: unknown[]) => unknown).apply(target, input)
          }
        },
      })
    },
    baseURL: 'http://localhost:3000',
    secret: SECRET,
    emailAndPassword: { enabled: true, password: { hash: async (text) => text, verify: async () => true } },
    telemetry: { enabled: false },
    logger: { disabled: true },
  })
  return {
    server,
    tables,
    database,
    /** @returns the name and the value of its cookie. */
    async signUp(name: string): Promise<readonly [string, string]> {
      const body = { name, email: `${name}@example.com`, password: 'correct horse' }
      const answer = await server.api.signUpEmail({ body, asResponse: true })
      const field = answer.headers.getSetCookie().find((one) => one.includes('session_token=')) as string
      const [pair = ''] = field.split(';')
      return [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    },
  }
}

async function open(old: ReturnType<typeof startBetterAuth>) {
  return (world = await createWorld({
    signOut: betterAuthSignOut(old.server),
    verifiers: [betterAuthVerifier({ name: 'better-auth', secrets: [SECRET], sessions: instanceSessions(old.server) })],
  }))
}

describe.each(VERSIONS)('signing out where Better Auth %s is the old side', (version) => {
  it('deletes the session there, clears its cookies as it does itself, and no copy signs in', async () => {
    const old = startBetterAuth(version)
    const { origin, host, signIn, me } = await open(old)
    const [name, value] = await old.signUp('ada')
    const [, other] = await old.signUp('bea')
    const [browser, copied, bea] = [createBrowser(), createBrowser(), createBrowser()]
    browser.cookies(host).set(name, value)
    copied.cookies(host).set(name, value)
    bea.cookies(host).set(name, other)
    const { id } = old.tables['user']![0] as { id: string }
    expect(await me(browser)).toBe(`200 ${id}`)
    const out = await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    expect([out.status, [...browser.cookies(host).keys()]]).toEqual([303, []])
    expect(old.tables['session']).toHaveLength(1)
    expect(await me(copied)).toMatch(/^401 /)
    expect(await me(bea)).toMatch(/^200 /)
    await signIn(browser)
    expect(await me(browser)).toBe('200 ada')
  })

  it.each([
    ['before', (own: string, tossed: string) => `${tossed}; ${own}`],
    ['behind', (own: string, tossed: string) => `${own}; ${tossed}`],
  ])('deletes the session also where a sibling subdomain tossed another one, %s it', async (_where, both) => {
    const old = startBetterAuth(version)
    const { origin } = await open(old)
    const [own, tossed] = [await old.signUp('ada'), await old.signUp('mallory')]
    const cookie = both(own.join('='), tossed.join('='))
    const response = await fetch(`${origin}/auth/sign-out`, {
      method: 'POST',
      headers: { origin, cookie },
      redirect: 'manual',
    })
    expect([response.status, old.tables['session']]).toEqual([303, []])
  })

  it('says so where its database cannot be reached, clears nothing, and works when it is back', async () => {
    const old = startBetterAuth(version)
    const { origin, host } = await open(old)
    const [name, value] = await old.signUp('ada')
    const browser = createBrowser()
    browser.cookies(host).set(name, value)
    const ask = () => browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    old.database.isDown = true
    const failed = await ask()
    expect([failed.status, (JSON.parse(failed.text) as { code: string }).code]).toEqual([503, 'store_unavailable'])
    expect([...browser.cookies(host).keys()]).toEqual([name])
    old.database.isDown = false
    expect((await ask()).status).toBe(303)
    expect(old.tables['session']).toEqual([])
  })

  it('does nothing for somebody without a session there', async () => {
    const { origin, signIn, me } = await open(startBetterAuth(version))
    const browser = createBrowser()
    const ask = () => browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    expect((await ask()).status).toBe(303)
    await signIn(browser)
    expect((await ask()).status).toBe(303)
    expect(await me(browser)).toBe('401 credential_missing')
  })

  it('takes nothing for an instance that is none', () => {
    for (const instance of [undefined, {}, { api: { signOut: () => {} } }])
      expect(() => betterAuthSignOut(instance as never)).toThrow(/^betterAuthSignOut\.instance/)
  })
})
