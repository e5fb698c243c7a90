import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKeys, betterAuth, createDualAuth, legacyJwt, memoryApiKeys, workos, type DualAuth } from '@dualauth/core'
import { createBetterAuthIssuer, createLegacyIssuer, startFakeWorkos } from '@dualauth/testing'
import type { AdapterUnderTest, RunningApp } from './adapter-under-test.js'
import { headerText, mutatedCookies, presents } from './hostile-input.js'
import { send, type Reply } from './http-client.js'
import { createOldSessions } from './old-sessions.js'

const RUNS = 150

interface Target {
  readonly auth: DualAuth
  /** Genuine credentials of every form, to be truncated, spliced and altered. */
  readonly genuine: readonly string[]
  /** Cookies that sign one person in, `name=value`, one for every verifier. */
  readonly each: readonly string[]
  /** The same in chunks, where a verifier reads them. */
  readonly chunks: readonly string[]
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
      // Node's own parser answers some bytes before any framework sees them, and so much of them in the words of Fastify.
      const isParsers = reply.status === 431 && reply.text.includes('Exceeded maximum allowed HTTP header size')
      if (reply.text.startsWith('{') && !isParsers)
        expect(reply.json()['code']).toMatch(/^(credential|identity|origin)_/)
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

    it('refuses cookies that are cut, spliced, repeated, reordered or spelled in another way, of every verifier', async () => {
      const { each, chunks } = target
      for (const genuine of [...each, ...chunks])
        await fc.assert(
          fc.asyncProperty(mutatedCookies(genuine), async (mutated) => {
            const reply = await ask({ cookie: mutated })
            // What is genuine all the same may get in, beside whatever stands there.
            if (reply.status !== 200 || !presents(genuine, mutated)) refused(reply)
          }),
          { numRuns: RUNS / 5 },
        )
    })

    it('still lets the genuine in', async () => {
      expect((await ask({ authorization: `Bearer ${target.genuine[0]}` })).status).toBe(200)
      for (const cookie of [...target.each, ...target.chunks]) expect((await ask({ cookie })).status).toBe(200)
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
  'rows',
  'stored',
  'connect.sid',
  'iron',
] as const

async function createTarget(): Promise<Target> {
  const [legacy, sessions, provider] = [createLegacyIssuer(), createBetterAuthIssuer(), await startFakeWorkos()]
  const old = createOldSessions(0)
  const { five, four } = old.authJs
  const [ofFive, ofFour] = [five.token({ sub: 'u1' }), four.token({ sub: 'u1' })]
  const { token } = old.stored.session({ user: 'u1' })
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [legacy.secret],
        purpose: 'only-access-tokens',
        carriers: ['bearer', { cookie: 'legacy' }],
      }),
      betterAuth({ name: 'better-auth', secrets: [sessions.secret], sessions: sessions.findSession }),
      workos({ name: 'workos', clientId: provider.clientId, apiUrl: provider.origin }),
      apiKeys({ name: 'api-key', prefix: 'sk_test_', keys: memoryApiKeys() }),
      ...old.verifiers,
    ],
    link: ({ subject }) => ({ id: subject, roles: [] }),
  })
  const each = [
    `legacy=${legacy.sign({ sub: 'u1' })}`,
    sessions.sessionCookie(sessions.session({ user: 'u1' }).token),
    ...old.each('u1').map(([, cookie]) => cookie),
  ]
  const long = { sub: 'u1', notes: 'x'.repeat(4_000) }
  return {
    auth,
    genuine: [
      legacy.sign({ sub: 'u1' }),
      provider.accessToken({ sub: 'user_1' }),
      sessions.bearer('A'.repeat(32)),
      `sk_test_${'a'.repeat(38)}`,
      ofFive,
      ofFour,
      token,
      ...each.map((cookie) => cookie.slice(cookie.indexOf('=') + 1)),
    ],
    each,
    chunks: [five.sessionCookie(five.token(long)), four.sessionCookie(four.token(long))],
    close: provider.close,
  }
}
