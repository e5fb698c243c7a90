import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { betterAuth, createDualAuth, instanceSessions, type InstanceSessionsOptions } from '../../../src/index.js'
import { cookiesOf, startBetterAuth, type BetterAuthServer, type Jar } from '../../support/better-auth-servers.js'
import { outcome, wrongOption } from '../../support/outcome.js'

const SECRET = randomBytes(32).toString('hex')

async function signUp({ instance }: BetterAuthServer, origin: string): Promise<{ id: string; jar: Jar }> {
  const email = `${randomBytes(4).toString('hex')}@example.com`
  const response = await instance.handler(
    new Request(`${origin}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json', host: new URL(origin).host },
      body: JSON.stringify({ name: 'A Person', email, password: 'correct horse' }),
    }),
  )
  const { user } = (await response.json()) as { user: { id: string } }
  const fields = response.headers.getSetCookie().map((field) => field.replace(/;.*/, ''))
  return { id: user.id, jar: new Map(fields.map((field) => field.split(/=(.*)/s) as unknown as [string, string])) }
}

function judge(server: BetterAuthServer, jar: Jar, options?: InstanceSessionsOptions): Promise<string> {
  const sessions = instanceSessions(server.instance, options)
  return outcome(
    createDualAuth({ verifiers: [betterAuth({ name: 'ba', secrets: [SECRET], sessions })] }),
    cookiesOf(jar),
  )
}

describe.each(['1.7', '1.7.25'] as const)(
  'instanceSessions of Better Auth %s with a base URL that depends on the request',
  (version) => {
    it.each([
      ['one host', 'https://app.example.com', { allowedHosts: ['app.example.com'] }],
      ['a host of several', 'https://b.example.com', { allowedHosts: ['a.example.com', 'b.example.com'] }],
      ['previews', 'https://preview-7.example.app', { allowedHosts: ['preview-*.example.app'] }],
      ['any port of this machine', 'http://localhost:4100', { allowedHosts: ['localhost:*'] }],
      [
        'a host that is named with its scheme',
        'https://app.example.com',
        { allowedHosts: ['https://app.example.com'] },
      ],
      [
        'one with a fallback',
        'https://app.example.com',
        { allowedHosts: ['*.example.com'], fallback: 'https://x.example' },
      ],
      ['a fixed scheme', 'https://app.example.com', { allowedHosts: ['app.example.com'], protocol: 'https' }],
    ] as const)('answers whoever asks: %s', async (_what, origin, baseURL) => {
      const server = startBetterAuth(version, { secret: SECRET, baseURL, trustedOrigins: [origin] })
      const { id, jar } = await signUp(server, origin)
      expect(await judge(server, jar)).toBe(`200 ${id} by ba`)
      expect(await judge(server, jar, { host: new URL(origin).host })).toBe(`200 ${id} by ba`)
    })

    it('whose cookies are for all subdomains', async () => {
      const origin = 'https://app.example.com'
      const server = startBetterAuth(version, {
        secret: SECRET,
        baseURL: { allowedHosts: ['*.example.com'] },
        trustedOrigins: [origin],
        advanced: { crossSubDomainCookies: { enabled: true } },
      })
      const { id, jar } = await signUp(server, origin)
      expect([...jar.keys()].some((name) => name.startsWith('__Secure-'))).toBe(true)
      expect(await judge(server, jar)).toBe(`200 ${id} by ba`)
    })
  },
)

it('instanceSessions without any base URL answers as well', async () => {
  const server = startBetterAuth('1.7', { secret: SECRET, baseURL: undefined })
  const { id, jar } = await signUp(server, 'http://localhost:3000')
  expect(await judge(server, jar)).toBe(`200 ${id} by ba`)
})

it.each(['https://app.example.com', 'a b', ''])('instanceSessions refuses %j as a host', (host) => {
  const server = startBetterAuth('1.7', { secret: SECRET })
  expect(wrongOption(() => instanceSessions(server.instance, { host }))).toBe('instanceSessions.host')
})
