import { createHmac, randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  betterAuth,
  betterAuthTokens,
  createDualAuth,
  type AuthRequest,
  type BetterAuthOptions,
} from '../../../src/index.js'
import {
  cookiesOf,
  ORIGIN,
  signUpAt,
  startBetterAuth,
  VERSIONS,
  type BetterAuthServer,
  type Jar,
  type Person,
  type Version,
} from '../../support/better-auth-servers.js'
import { startKeySetServer } from '../../support/key-set-server.js'

const SECRET = randomBytes(32).toString('hex')
const OLD_SECRET = randomBytes(32).toString('hex')
const DATA = 'better-auth.session_data'
const MINUTE = 60_000

const servers: [string, Version, object][] = [
  ['1.7 compact', '1.7', { strategy: 'compact' }],
  ['1.7 jwt', '1.7', { strategy: 'jwt' }],
  ['1.7 jwe', '1.7', { strategy: 'jwe' }],
  ['1.7 signed by the key set', '1.7', { strategy: 'jwt', keySet: true }],
  ['1.4 compact', '1.4', { strategy: 'compact' }],
  ['1.4 jwt', '1.4', { strategy: 'jwt' }],
  ['1.4 jwe', '1.4', { strategy: 'jwe' }],
]

function start(version: Version, settings: object, secret = SECRET): BetterAuthServer {
  const { keySet, strategy, ...session } = settings as { keySet?: boolean; strategy: string }
  const { admin, jwt } = VERSIONS[version].plugins
  return startBetterAuth(version, {
    secret,
    session: { cookieCache: { enabled: true, maxAge: 300, strategy }, ...session },
    plugins: [admin!(), ...(keySet ? [jwt!({ sessionCookieCache: true })] : [])],
  })
}

/** Values by name with each changed; chunks are cookies too. */
const alter = (jar: Jar, change: (value: string, name: string) => string): Jar =>
  new Map([...jar].map(([name, value]) => [name, name.startsWith(DATA) ? change(value, name) : value]))
const flip = (value: string, at: number) => value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1)

describe.each(servers)('the cookie cache of Better Auth %s', (_, version, settings) => {
  let server: BetterAuthServer
  let person: Person
  let other: Person
  let publicKeys: unknown[] = []

  beforeAll(async () => {
    server = start(version, settings)
    person = await signUpAt(server)
    other = await signUpAt(server)
    publicKeys = server.tables['jwks']!.map(({ id, publicKey, alg }) => ({
      ...JSON.parse(publicKey as string),
      kid: id,
      alg: alg ?? 'EdDSA',
    }))
  })

  /** How it ended, and how often the source was asked. */
  async function judge(sent: AuthRequest, options: Partial<BetterAuthOptions> = {}, offset = 0, fresh = false) {
    const keys = await startKeySetServer(publicKeys)
    let asked = 0
    const auth = createDualAuth({
      verifiers: [
        betterAuth({
          name: 'ba',
          secrets: [SECRET],
          cookieCacheMaxAgeMs: MINUTE,
          tokens: betterAuthTokens({ baseUrl: ORIGIN, keySetUrl: keys.url }),
          sessions: (token) => {
            asked++
            const session = server.tables['session']!.find((row) => row['token'] === token)
            const user = server.tables['user']!.find((row) => row['id'] === session?.['userId'])
            return session === undefined ? null : ({ session, user: user ?? null } as never)
          },
          ...options,
        } as BetterAuthOptions),
      ],
      now: () => Date.now() + offset,
    })
    const result = await auth.authenticate(sent, { fresh })
    await auth.close()
    await keys.close()
    expect(JSON.stringify(result)).not.toContain(person.token)
    const answer = result.ok
      ? `200 ${result.principal.id} ${result.principal.secretIndex}`
      : `${result.error.status} ${result.error.code}`
    return `${answer}, asked ${asked}`
  }

  it('is believed instead of asking, for the time that was allowed', async () => {
    expect(await judge(cookiesOf(person.jar))).toBe(`200 ${person.id} 0, asked 0`)
    expect(await judge(cookiesOf(person.jar), {}, MINUTE + 1000)).toBe(`200 ${person.id} 0, asked 1`)
    expect(await judge(cookiesOf(person.jar), { cookieCacheMaxAgeMs: 600_000 }, 4 * MINUTE)).toMatch(/asked 0$/)
    expect(await judge(cookiesOf(person.jar), { cookieCacheMaxAgeMs: 600_000 }, 6 * MINUTE)).toMatch(/asked 1$/)
  })

  it('is not looked at unless the app asks for it, nor when a guard asks for a fresh judgement', async () => {
    expect(await judge(cookiesOf(person.jar), { cookieCacheMaxAgeMs: 0 })).toBe(`200 ${person.id} 0, asked 1`)
    expect(await judge(cookiesOf(person.jar), {}, 0, true)).toBe(`200 ${person.id} 0, asked 1`)
  })

  it('is ignored when it belongs to another session', async () => {
    const mixed = new Map([...other.jar].filter(([name]) => name.startsWith(DATA)))
    expect(await judge(cookiesOf(person.jar, mixed))).toBe(`200 ${person.id} 0, asked 1`)
  })

  it('is nothing without the session cookie, and with a forged one', async () => {
    const name = 'better-auth.session_token'
    const alone = new Map([...person.jar].filter(([cookie]) => cookie.startsWith(DATA)))
    expect(await judge(cookiesOf(alone))).toBe('401 credential_missing, asked 0')
    const forged = new Map([...person.jar, [name, `${person.token}.${'A'.repeat(43)}%3D`]] as [string, string][])
    expect(await judge(cookiesOf(forged))).toBe('401 credential_invalid, asked 0')
  })

  it('is ignored when it was tampered with, anywhere', async () => {
    const { length } = person.jar.get(DATA)!
    for (const at of [0, 7, length >> 2, length >> 1, length - 30, length - 3]) {
      const sent = cookiesOf(alter(person.jar, (value) => flip(value, at)))
      expect(await judge(sent)).toBe(`200 ${person.id} 0, asked 1`)
    }
    for (const junk of ['x', '.', '..', '....', '.....', 'a.b.c', 'a..b.c.d', '%', 'e30', 'null', 'W10', '"'])
      expect(await judge(cookiesOf(alter(person.jar, () => junk)))).toBe(`200 ${person.id} 0, asked 1`)
  })

  it('is ignored when its version is another', async () => {
    expect(await judge(cookiesOf(person.jar), { cookieCacheVersion: '2' })).toBe(`200 ${person.id} 0, asked 1`)
  })

  it('is ignored when another server signed it', async () => {
    const foreign = await signUpAt(start(version, settings, OLD_SECRET))
    const data = new Map([...foreign.jar].filter(([name]) => name.startsWith(DATA)))
    expect(await judge(cookiesOf(person.jar, data))).toBe(`200 ${person.id} 0, asked 1`)
  })

  it('that an older secret signed is believed, and the principal shows it', async () => {
    const before = await signUpAt(start(version, settings, OLD_SECRET))
    const rotated = { secrets: [SECRET, OLD_SECRET], tokens: undefined as never }
    if ('keySet' in settings) return
    expect(await judge(cookiesOf(before.jar), rotated)).toBe(`200 ${before.id} 1, asked 0`)
  })

  it('that says the user is banned refuses', async () => {
    const banned = await signUpAt(server)
    Object.assign(
      server.tables['user']!.find(({ id }) => id === banned.id)!,
      { banned: true },
    )
    banned.jar.delete(DATA)
    await server.call('GET', '/get-session', banned.jar)
    expect(banned.jar.has(DATA)).toBe(true)
    expect(await judge(cookiesOf(banned.jar))).toBe('403 account_banned, asked 0')
  })

  it('of a session that was ended is believed only within its time', async () => {
    const leaver = await signUpAt(server)
    const kept = new Map(leaver.jar)
    await server.call('POST', '/sign-out', leaver.jar, {})
    expect(await judge(cookiesOf(kept))).toBe(`200 ${leaver.id} 0, asked 0`)
    expect(await judge(cookiesOf(kept), {}, 0, true)).toBe('401 credential_revoked, asked 1')
    expect(await judge(cookiesOf(kept), {}, MINUTE + 1000)).toBe('401 credential_revoked, asked 1')
  })

  it('arrives in chunks when it is large', async () => {
    const large = await signUpAt(server, { name: 'N'.repeat(9_000) })
    const chunks = [...large.jar.keys()].filter((name) => name.startsWith(DATA))
    expect(chunks.length).toBeGreaterThan(1)
    expect(await judge(cookiesOf(large.jar))).toBe(`200 ${large.id} 0, asked 0`)
    const reordered = new Map([...large.jar].toReversed())
    expect(await judge(cookiesOf(reordered))).toBe(`200 ${large.id} 0, asked 0`)
    const short = new Map(large.jar)
    short.delete(chunks[1]!)
    expect(await judge(cookiesOf(short))).toBe(`200 ${large.id} 0, asked 1`)
  })

  describe('without a source', () => {
    const stateless = { sessions: 'stateless' as const, cookieCacheMaxAgeMs: undefined as never }

    it('decides alone, until its own end', async () => {
      expect(await judge(cookiesOf(person.jar), stateless)).toBe(`200 ${person.id} 0, asked 0`)
      expect(await judge(cookiesOf(person.jar), stateless, 4 * MINUTE)).toBe(`200 ${person.id} 0, asked 0`)
      expect(await judge(cookiesOf(person.jar), stateless, 6 * MINUTE)).toBe('401 credential_expired, asked 0')
    })

    it('refuses what is absent, tampered with, of another session or version', async () => {
      const refused = '401 credential_revoked, asked 0'
      const bare = new Map([...person.jar].filter(([name]) => !name.startsWith(DATA)))
      expect(await judge(cookiesOf(bare), stateless)).toBe(refused)
      expect(await judge(cookiesOf(alter(person.jar, (value) => flip(value, 40))), stateless)).toBe(refused)
      const mixed = new Map([...other.jar].filter(([name]) => name.startsWith(DATA)))
      expect(await judge(cookiesOf(person.jar, mixed), stateless)).toBe(refused)
      expect(await judge(cookiesOf(person.jar), { ...stateless, cookieCacheVersion: '2' })).toBe(refused)
    })

    it('cannot tell when a guard asks for a fresh judgement, and takes no bearer', async () => {
      expect(await judge(cookiesOf(person.jar), stateless, 0, true)).toBe('503 verifier_unavailable, asked 0')
      const bearer = { method: 'GET', headers: { authorization: `Bearer ${person.token}` } }
      expect(await judge(bearer, stateless)).toBe('401 credential_unsupported, asked 0')
    })
  })
})

describe('the cookie cache of Better Auth 1.3', () => {
  // As 1.3.34 writes it: no updatedAt, no version.
  const token = 'T'.repeat(32)
  const sign = (text: string, encoding: 'base64' | 'base64url') =>
    createHmac('sha256', SECRET).update(text).digest(encoding)
  const iso = (offset: number) => new Date(Date.now() + offset).toISOString()
  const cookie = (leftMs: number, sessionMs = 7 * 86_400_000) => {
    const session = {
      session: { expiresAt: iso(sessionMs), token, createdAt: iso(-5), updatedAt: iso(-5), userId: 'u1', id: 's1' },
      user: {
        name: '🙂 \u2028',
        email: 'a@example.com',
        emailVerified: false,
        since: '2026-01-01T00:00:00Z',
        id: 'u1',
      },
    }
    const expiresAt = Date.now() + leftMs
    const signature = sign(JSON.stringify({ ...session, expiresAt }), 'base64url')
    const value = Buffer.from(JSON.stringify({ session, expiresAt, signature })).toString('base64url')
    const jar = new Map([
      ['better-auth.session_token', encodeURIComponent(`${token}.${sign(token, 'base64')}`)],
      [DATA, value],
    ])
    return cookiesOf(jar)
  }
  const judge = async (sent: AuthRequest, source: object = { sessions: 'stateless' }) => {
    const verifier = betterAuth({ name: 'ba', secrets: [SECRET], ...source } as unknown as BetterAuthOptions<'ba'>)
    const result = await createDualAuth({ verifiers: [verifier] }).authenticate(sent)
    return result.ok ? result.principal.id : result.error.code
  }

  it('is believed where it is all there is', async () => {
    expect(await judge(cookie(MINUTE - 1000))).toBe('u1')
    expect(await judge(cookie(-1000))).toBe('credential_expired')
  })

  it('is not believed beside a source: it does not say when it was written, so that no limit would hold', async () => {
    const source = { cookieCacheMaxAgeMs: MINUTE, sessions: () => null }
    for (const left of [1_000, MINUTE - 1000, MINUTE + 5000])
      expect(await judge(cookie(left), source)).toBe('credential_revoked')
  })

  it('is not believed when the session inside has ended', async () => {
    expect(await judge(cookie(MINUTE - 1000, -1000))).toBe('credential_expired')
  })
})
