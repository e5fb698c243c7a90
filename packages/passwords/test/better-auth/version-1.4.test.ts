// The oldest version that is promised. The plugins are made with its functions as well, as they are where only that one is installed.
import * as bcrypt from '@node-rs/bcrypt'
import { describeWith } from '@dualauth/servers'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { betterAuthPassword, rehashOnSignIn } from '../../src/better-auth/index.js'
import { createPasswords } from '../../src/index.js'
import { anAddress, createWorld, oldHash, openDatabase } from './world.js'

vi.mock('better-auth', () => import('better-auth-1.4'))
vi.mock('better-auth/api', () => import('better-auth-1.4/api'))
vi.mock('better-auth/plugins', () => import('better-auth-1.4/plugins'))

describeWith('PostgreSQL', 'Better Auth 1.4.22', () => {
  let opened: Awaited<ReturnType<typeof openDatabase>>
  beforeAll(async () => void (opened = await openDatabase()))
  afterAll(() => opened.close())
  const passwords = createPasswords({ bcrypt, maxWaitMs: 60_000 })

  it('is the one that runs here', async () => {
    const { betterAuth } = await import('better-auth')
    expect(betterAuth).toBe((await import('better-auth-1.4')).betterAuth)
  })

  it('judges a foreign hash, and replaces it once its password was right', async () => {
    const world = createWorld(opened.pool, {
      password: betterAuthPassword(passwords),
      plugins: [rehashOnSignIn(passwords)],
    })
    const email = anAddress()
    await world.insert(email, await oldHash('correct horse'))
    expect((await world.signIn(email, 'wrong')).status).toBe(401)
    expect((await world.signIn(email, 'correct horse')).status).toBe(200)
    expect(await world.storedHash(email)).toMatch(/^[\da-f]{32}:[\da-f]{128}$/)
    expect((await world.signIn(email, 'correct horse')).status).toBe(200)
    const unknown = anAddress()
    await world.insert(unknown, 'no hash that anybody knows')
    expect(await world.signIn(unknown, 'x')).toMatchObject({
      status: 503,
      code: 'password_format_unknown',
      retryAfter: '5',
    })
  })
})
