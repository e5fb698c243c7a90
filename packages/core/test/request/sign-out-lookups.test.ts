import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDualAuth, introspection, remote, type DualAuth } from '../../src/index.js'
import { outcome } from '../support/outcome.js'
import { cookies } from '../support/requests.js'

const ISSUER = 'https://id.example'
const MOST = 16
const made = (at: number): string => `op_${String(at).padStart(20, '0')}`
const ADA = made(1_000)

describe('a sign-out with more cookies than a provider is asked about', () => {
  const asked: string[] = []
  let server: Server
  let auth: DualAuth

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        const token = new URLSearchParams(body).get('token') as string
        asked.push(token)
        const known = { active: true, token_type: 'Bearer', sub: 'ada', client_id: 'web', exp: Date.now() / 1000 + 600 }
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(token === ADA ? known : { active: false }))
      })
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  })
  afterAll(() => new Promise((closed) => server.close(closed)))
  beforeEach(() => {
    asked.length = 0
    auth = createDualAuth({
      verifiers: [
        introspection({
          name: 'opaque',
          endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`,
          issuer: ISSUER,
          client: { id: 'api', secret: 'a-secret-of-the-api' },
          audience: false,
          token: { prefix: 'op_', minLength: 23, maxLength: 23 },
          carriers: [{ cookie: 'opaque' }],
        }),
      ],
      link: ({ subject }) => ({ id: subject }),
    })
  })

  const holding = (...values: readonly string[]) => cookies(...values.map((value) => ['opaque', value] as const))
  const junk = (count: number) => Array.from({ length: count }, (_, at) => made(at))

  it.each([15, 16, 40, 179])('asks about 16 of them: beside %i that were tossed', async (tossed) => {
    await auth.signOut(holding(...junk(tossed), ADA)).catch(() => {})
    expect(asked.length).toBe(Math.min(MOST, tossed + 1))
  })

  it('has Node warn of no leak, however many are asked about at once', async () => {
    const warnings: string[] = []
    const listener = ({ name }: Error): void => void warnings.push(name)
    process.on('warning', listener)
    await auth.signOut(holding(...junk(MOST)))
    // Warnings come a turn later.
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', listener)
    expect(warnings).toEqual([])
  })

  it('says so, and lets none of the others sign in any more', async () => {
    await expect(auth.signOut(holding(...junk(40), ADA))).rejects.toMatchObject({
      code: 'credential_malformed',
      reason: 'too_many_cookies',
    })
    expect(asked).not.toContain(ADA)
    expect(await outcome(auth, holding(ADA))).toBe('401 credential_revoked')
  })

  it('asks about the same one once', async () => {
    expect(await auth.signOut(holding(...Array.from({ length: 100 }, () => ADA)))).toEqual([
      { verifier: 'opaque', sessionId: null },
    ])
    expect(asked).toEqual([ADA])
    expect(await outcome(auth, holding(ADA))).toBe('401 credential_revoked')
  })
})

it('a sign-out tells another service of no more cookies than it asks it about', async () => {
  const told = { judge: 0, 'end-session': 0 }
  const auth = createDualAuth({
    verifiers: [
      remote({
        name: 'service',
        credentials: [{ cookie: 'session' }],
        validate: async ({ operation }) => {
          told[operation as keyof typeof told]++
          return operation === 'end-session'
            ? { version: 2, outcome: 'ended' }
            : {
                version: 2,
                outcome: 'rejected',
                code: 'credential_invalid',
                reason: 'session_unknown',
                retryAfterSeconds: null,
                cookies: [],
              }
        },
      }),
    ],
  })
  const tossed = Array.from({ length: 180 }, (_, at) => ['session', `junk-${at}`] as const)
  await expect(auth.signOut(cookies(...tossed))).rejects.toMatchObject({ reason: 'too_many_cookies' })
  expect(told).toEqual({ judge: MOST, 'end-session': MOST })
})
