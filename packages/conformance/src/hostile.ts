import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  apiKeys,
  authJs,
  betterAuth,
  createDualAuth,
  ironSession,
  legacyJwt,
  memoryApiKeys,
  workos,
  type DualAuth,
} from '@dualauth/core'
import {
  createAuthJsIssuer,
  createBetterAuthIssuer,
  createLegacyIssuer,
  seal,
  startFakeWorkos,
} from '@dualauth/testing'
import type { AdapterUnderTest, RunningApp } from './adapter-under-test.js'
import { send, type Reply } from './http-client.js'

const RUNS = 150

interface Target {
  readonly auth: DualAuth
  /** Genuine credentials of every form, to be truncated, spliced and altered. */
  readonly genuine: readonly string[]
  /** Cookies that sign somebody in, `name=value`. */
  readonly cookies: readonly string[]
  close(): Promise<void>
}

/** Whatever a caller sends gets 400, 401, 403 or 431: never a 5xx, never a hang, never a way in. */
export function describeHostile(name: string, adapter: AdapterUnderTest): void {
  describe(`${name} under hostile input`, () => {
    let target: Target
    let app: RunningApp
    beforeAll(async () => {
      target = await createTarget()
      app = await adapter.serve('standard', {
        auth: target.auth,
        other: target.auth,
        allows: () => false,
        handled: () => {},
        web: () => new Response(),
      })
    })
    afterAll(async () => {
      await app.close()
      await target.close()
    })

    const refused = (reply: Reply): void => {
      expect([400, 401, 403, 431]).toContain(reply.status)
      // Node's own parser answers some bytes before any framework sees them.
      if (reply.text.startsWith('{')) expect(reply.json()['code']).toMatch(/^(credential|identity|origin)_/)
    }
    const ask = (headers: Record<string, string | string[]>, method = 'GET'): Promise<Reply> =>
      send(app.origin, { method, path: method === 'GET' ? '/me' : '/things', headers })

    it('refuses whatever stands in a header', async () => {
      await fc.assert(
        fc.asyncProperty(
          headerText(),
          fc.constantFrom('authorization', 'x-api-key', 'cookie'),
          fc.constantFrom(...COOKIES),
          async (text, header, name) => {
            refused(
              await ask({
                [header]:
                  header === 'authorization' ? `Bearer ${text}` : header === 'cookie' ? `${name}=${text}` : text,
              }),
            )
          },
        ),
        { numRuns: RUNS },
      )
    })

    it('refuses tokens with odd headers and odd claims', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.jsonValue(),
          fc.jsonValue(),
          fc.constantFrom('HS256', 'RS256', 'none', 'ES256'),
          async (header, claims, alg) => {
            const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
            const head =
              typeof header === 'object' && header !== null && !Array.isArray(header) ? { ...header, alg } : header
            refused(await ask({ authorization: `Bearer ${encode(head)}.${encode(claims)}.${encode('signature')}` }))
          },
        ),
        { numRuns: RUNS },
      )
    })

    it('refuses truncated, spliced and altered credentials of every form', async () => {
      const mutation = fc.record({
        at: fc.nat(),
        length: fc.nat(12),
        insert: headerText(8),
        kind: fc.constantFrom('bearer', 'x-api-key', ...COOKIES),
      })
      await fc.assert(
        fc.asyncProperty(fc.nat(), mutation, async (index, { at, length, insert, kind }) => {
          const credential = target.genuine[index % target.genuine.length] as string
          const start = at % credential.length
          const altered = credential.slice(0, start) + insert + credential.slice(start + length)
          if (target.genuine.includes(altered) || target.genuine.includes(altered.trim())) return
          if (kind === 'bearer') {
            const reply = await ask({ authorization: `Bearer ${altered}` }, 'POST')
            // Within a second of the last fetch, another `kid` may be that of a newer key: nobody can tell.
            if (reply.status !== 503 || kidOf(altered) === kidOf(credential)) return refused(reply)
            expect([reply.json()['code'], reply.headers['retry-after']]).toEqual([
              'verifier_unavailable',
              expect.any(String),
            ])
          } else if (kind === 'x-api-key') refused(await ask({ 'x-api-key': altered }, 'POST'))
          // A read asks for no proof of its origin, which would be refused first.
          else refused(await ask({ cookie: `${kind}=${altered}` }))
        }),
        { numRuns: RUNS },
      )
    })

    it('still lets the genuine in', async () => {
      expect((await ask({ authorization: `Bearer ${target.genuine[0]}` })).status).toBe(200)
      for (const cookie of target.cookies) expect((await ask({ cookie })).status).toBe(200)
    })
  })
}

/** Undefined where there is none to be read. */
function kidOf(token: string): unknown {
  try {
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as {
      kid?: unknown
    } | null
    return header?.kid
  } catch {
    return undefined
  }
}

/** Whole, and the first chunk of one that may be split. */
const COOKIES = [
  'better-auth.session_token',
  'authjs.session-token',
  'authjs.session-token.0',
  'next-auth.session-token',
  'iron',
] as const

/** Bytes that may stand in a field value (RFC 9110 section 5.5), Latin-1 included. */
function headerText(maxLength = 200): fc.Arbitrary<string> {
  const character = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0x21, max: 0x7e }) },
    { weight: 1, arbitrary: fc.constantFrom(0x20, 0x09, 0x2e, 0x25, 0x3d, 0x3b, 0x2c, 0x22) },
    { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xff }) },
  )
  return fc.array(character, { maxLength }).map((codes) => String.fromCharCode(...codes))
}

async function createTarget(): Promise<Target> {
  const [legacy, sessions, provider] = [createLegacyIssuer(), createBetterAuthIssuer(), await startFakeWorkos()]
  const [five, four] = [createAuthJsIssuer(), createAuthJsIssuer({ version: 4 })]
  const password = randomBytes(32).toString('base64')
  const sealed = seal({ userId: 'u1' }, { password, expiresAt: Date.now() + 3_600_000 })
  const [ofFive, ofFour] = [five.token({ sub: 'u1' }), four.token({ sub: 'u1' })]
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [legacy.secret],
        purpose: 'only-access-tokens',
        carriers: ['bearer', { cookie: 'legacy' }],
      }),
      betterAuth({ name: 'better-auth', secrets: [sessions.secret], sessions: () => null }),
      authJs({ name: 'auth-js', secrets: [five.secret], bearer: true }),
      authJs({ name: 'next-auth', secrets: [four.secret], version: 4 }),
      ironSession({ name: 'iron', passwords: [password], cookie: 'iron', claims: { subject: 'userId' } }),
      workos({ name: 'workos', clientId: provider.clientId, apiUrl: provider.origin }),
      apiKeys({ name: 'api-key', prefix: 'sk_test_', keys: memoryApiKeys() }),
    ],
    link: ({ subject }) => ({ id: subject, roles: [] }),
  })
  return {
    auth,
    genuine: [
      legacy.sign({ sub: 'u1' }),
      provider.accessToken({ sub: 'user_1' }),
      sessions.bearer('A'.repeat(32)),
      `sk_test_${'a'.repeat(38)}`,
      ofFive,
      ofFour,
      sealed,
    ],
    cookies: [five.sessionCookie(ofFive), four.sessionCookie(ofFour), `iron=${sealed}`],
    close: provider.close,
  }
}
