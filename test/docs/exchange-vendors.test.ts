// The minters of docs/exchange-vendors.md, as printed, against servers that answer as the vendors' documentation says.
import { randomUUID } from 'node:crypto'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { createDualAuth, keySetAt, legacyJwt, memoryExchanges, type DualAuth, type SessionMinter } from '@dualauth/core'
import { exchangeEndpoint, type Endpoints } from '@dualauth/endpoints'
import { createLegacyIssuer, startKeySetServer, type KeySetServer } from '@dualauth/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fileOf } from './snippets.js'

const PAGE = 'docs/exchange-vendors.md'
const old = createLegacyIssuer({ expiresInSeconds: 3_600 })

interface Asked {
  readonly line: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}
interface Answer {
  readonly status: number
  readonly body?: object | string
}

/** What a vendor says, by its documentation. */
interface Vendor {
  readonly origin: string
  readonly issuer: string
  readonly cookie: string
  /** What the page names, by the name that it has there. */
  readonly settings: Readonly<Record<string, object>>
  /** To the first request of somebody whom it knows. */
  answer(asked: Asked, jwt: (claims: object) => string): Answer
  readonly refusals: Readonly<Record<string, Answer>>
}

/** Each of a session of its own: those who come with one together get one answer. */
const signed = (claims: object, options = {}): string => old.sign({ sid: randomUUID(), ...claims }, options)
const seconds = (): number => Math.floor(Date.now() / 1000)
const subjectOf = (token: unknown): string =>
  (JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as { userId: string }).userId

const descope: Vendor = {
  origin: 'https://api.descope.com',
  issuer: 'https://api.descope.com/P2abc',
  cookie: 'DS',
  settings: { descope: { projectId: 'P2abc' } },
  answer({ line, headers, body }, jwt) {
    expect([line, headers.authorization, Object.keys(body)]).toEqual([
      'POST /v1/auth/refresh',
      'Bearer P2abc',
      ['externalToken'],
    ])
    const sub = subjectOf(body['externalToken'])
    const session = jwt({ sub, exp: seconds() + 600 })
    const more = { cookieDomain: '', cookiePath: '/', cookieMaxAge: 2_419_199, firstSeen: false, user: { userId: sub } }
    return { status: 200, body: { sessionJwt: session, refreshJwt: 'refresh.jwt.of-descope', ...more } }
  },
  refusals: {
    'somebody whom it does not know': {
      status: 400,
      body: { errorCode: 'E062108', errorDescription: 'User not found', errorMessage: 'Cannot find user' },
    },
    'a token that it does not take': {
      status: 401,
      body: { errorCode: 'E061005', errorDescription: 'Invalid token', errorMessage: 'Failed to validate' },
    },
  },
}

const stytchError = (status: number, type: string): Answer => ({
  status,
  body: {
    status_code: status,
    request_id: 'request-id-test-b05c992f',
    error_type: type,
    error_message: 'It failed.',
    error_url: `https://stytch.com/docs/api/errors/${status}#${type}`,
  },
})

const stytch: Vendor = {
  origin: 'https://api.stytch.com',
  issuer: 'stytch.com/project-live-1',
  cookie: 'stytch_session_jwt',
  settings: { stytch: { projectId: 'project-live-1', secret: 'secret-live-1', profileId: 'trusted-auth-token-1' } },
  answer({ line, headers, body }, jwt) {
    expect([line, headers.authorization]).toEqual([
      'POST /v1/sessions/attest',
      `Basic ${btoa('project-live-1:secret-live-1')}`,
    ])
    const { profile_id: profile, token, session_duration_minutes: minutes, ...more } = body
    expect([profile, more]).toEqual(['trusted-auth-token-1', {}])
    expect(minutes).toBeGreaterThanOrEqual(58)
    expect(minutes).toBeLessThanOrEqual(60)
    const sub = subjectOf(token)
    return {
      status: 200,
      body: {
        status_code: 200,
        request_id: 'request-id-test-b05c992f',
        user_id: sub,
        session_token: 'mZAYn5aLEqKUlZ_Ad9U_fWr38GaAQ1oFAhT8ds245v7Q',
        session_jwt: jwt({ sub, exp: seconds() + 300 }),
        user: {},
        session: {},
      },
    }
  },
  refusals: {
    'somebody whom it does not know': stytchError(404, 'user_not_found'),
    'a token that it does not take': stytchError(401, 'attribute_mismatch'),
    'a token that is none': stytchError(400, 'invalid_token'),
  },
}

describe.each([
  ['descope.ts', descope],
  ['stytch.ts', stytch],
])('the minter of %s', (file, vendor) => {
  const asked: Asked[] = []
  let mode: ((asked: Asked) => Answer | 'hang') | null = null
  let [server, keySet]: [Server | null, KeySetServer | null] = [null, null]
  let [auth, handle]: [DualAuth | null, Endpoints | null] = [null, null]
  const { fetch } = globalThis

  beforeAll(async () => {
    const keys = (keySet = await startKeySetServer({ algorithm: 'RS256' }))
    const jwt = (claims: object) => keys.sign({ iss: vendor.issuer, aud: 'api', iat: seconds(), ...claims })
    const answering = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const text = (await request.toArray()).join('')
      const one = {
        line: `${request.method} ${request.url}`,
        headers: request.headers,
        body: JSON.parse(text) as Asked['body'],
      }
      asked.push(one)
      const answer = mode === null ? vendor.answer(one, jwt) : mode(one)
      if (answer === 'hang') return
      const { status, body = '' } = answer
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    const listening = (server = createServer((request, response) => void answering(request, response)))
    await new Promise<void>((resolve) => void listening.listen(0, '127.0.0.1', resolve))
    const local = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
    // The page names the vendor itself.
    globalThis.fetch = (input, init) => fetch(String(input).replace(vendor.origin, local), init)
    Object.assign(globalThis, vendor.settings)
    const href = pathToFileURL(fileOf(PAGE, file)).href
    const { minter } = (await import(/* @vite-ignore */ href)) as { minter: SessionMinter }
    auth = createDualAuth({
      verifiers: [
        legacyJwt({
          name: 'legacy',
          algorithms: ['HS256'],
          secrets: [old.secret],
          purpose: 'only-access-tokens',
          claims: { subject: 'userId' },
          carriers: ['bearer', { cookie: 'old' }],
        }),
        legacyJwt({
          name: minter.verifier,
          algorithms: ['RS256'],
          keySet: keySetAt(keys.url),
          issuer: vendor.issuer,
          audience: 'api',
          purpose: 'only-access-tokens',
          carriers: ['bearer', { cookie: vendor.cookie }],
        }),
      ],
      link: ({ subject }) => ({ id: subject }),
      trustedOrigins: ['https://app.example.com'],
      migration: {
        from: ['legacy'],
        to: minter.verifier,
        policy: {
          version: 1,
          stage: 'dual',
          settleMs: 0,
          rollout: { unit: 'user', salt: 's', basisPoints: 10_000 },
        },
        exchange: { minter, exchanges: memoryExchanges(), timeoutMs: 500 },
      },
    }) as unknown as DualAuth
    handle = exchangeEndpoint({ auth, bodyTokens: true })
  })
  beforeEach(() => void asked.splice(0))
  afterEach(() => void (mode = null))
  afterAll(async () => {
    globalThis.fetch = fetch
    for (const name of Object.keys(vendor.settings)) Reflect.deleteProperty(globalThis, name)
    await auth?.close()
    await keySet?.close()
    server?.closeAllConnections()
    await new Promise((resolve) => server?.close(resolve))
  })

  async function exchange(headers: Record<string, string>) {
    const request = new Request('https://app.example.com/auth/exchange', { method: 'POST', headers })
    const response = await (handle as Endpoints)(request)
    const json = (await response.json()) as Readonly<Record<string, unknown>>
    const { status } = response
    const said = [status, json['code'], json['reason']].filter((part) => part !== undefined).join(' ')
    return { said, json, status, headers: response.headers, fields: response.headers.getSetCookie() }
  }
  const browser = (userId: string) => exchange({ cookie: `old=${signed({ userId })}`, 'sec-fetch-site': 'same-origin' })
  const use = async (headers: Record<string, string>): Promise<string> => {
    const result = await (auth as DualAuth).authenticate({ method: 'GET', headers }, { fresh: true })
    return result.ok ? `${result.principal.verifier} ${result.principal.id}` : result.error.code
  }

  it('gives a browser the cookies of the vendor, which sign the same person in', async () => {
    const { said, fields } = await browser('ada')
    expect([said, fields.length, asked.length]).toEqual(['200', 2, 1])
    for (const field of fields)
      expect(field).toMatch(/; Path=\/; Max-Age=3[56]\d\d; (HttpOnly; )?Secure; SameSite=Lax$/)
    const cookie = fields.map((field) => field.slice(0, field.indexOf(';'))).join('; ')
    expect(await use({ cookie })).toBe(`${file.slice(0, -3)} ada`)
  })

  it('gives a client the tokens of the vendor', async () => {
    const { json } = await exchange({ authorization: `Bearer ${signed({ userId: 'ada' })}` })
    expect(json).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) as string })
    expect(await use({ authorization: `Bearer ${String(json['access_token'])}` })).toBe(`${file.slice(0, -3)} ada`)
  })

  it('gives nobody the session of somebody else', async () => {
    const keys = keySet as KeySetServer
    const jwt = (claims: object) =>
      keys.sign({ iss: vendor.issuer, aud: 'api', iat: seconds(), ...claims, sub: 'mallory' })
    mode = (one) => vendor.answer(one, jwt)
    const { said, fields } = await browser('bea')
    expect([said, fields]).toEqual(['403 exchange_refused mismatch', []])
  })

  it.each(Object.entries(vendor.refusals))('a refusal of %s is no outage', async (_whom, answer) => {
    mode = () => answer
    const { said, fields } = await browser('cleo')
    expect([said, fields]).toEqual(['403 exchange_refused no_account', []])
  })

  it('passes on a limit, and the next one is tried', async () => {
    mode = () => (file === 'stytch.ts' ? stytchError(429, 'too_many_requests') : { status: 429, body: {} })
    const limited = await browser('dora')
    expect([limited.said, limited.headers.get('retry-after')]).toEqual(['429 rate_limited', '60'])
    mode = null
    expect((await browser('dora')).said).toBe('200')
  })

  it.each<[string, () => Answer | 'hang']>([
    ['fails', () => ({ status: 500, body: 'oops' })],
    ['is behind a gateway that fails', () => ({ status: 502, body: '<html>' })],
    ['answers no JSON', () => ({ status: 200, body: '<html>' })],
    ['answers without tokens', () => ({ status: 200, body: {} })],
    ['does not answer', () => 'hang'],
  ])('is 503 where the vendor %s, and the old session is as good as before', async (_how, answer) => {
    mode = answer
    const away = await browser('emmy')
    expect([away.said, away.fields]).toEqual(['503 verifier_unavailable', []])
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0)
    mode = null
    expect(await use({ cookie: `old=${signed({ userId: 'emmy' })}` })).toBe('legacy emmy')
    expect((await browser('emmy')).said).toBe('200')
  })

  if (file === 'stytch.ts') {
    it('is 503 where our own secret is wrong', async () => {
      mode = () => stytchError(401, 'unauthorized_credentials')
      expect((await browser('fay')).said).toBe('503 verifier_unavailable')
    })

    it('sends somebody to the sign-in whose old session ends sooner than the vendor makes one', async () => {
      const token = signed({ userId: 'gil' }, { expiresInSeconds: 200 })
      const { said } = await exchange({ cookie: `old=${token}`, 'sec-fetch-site': 'same-origin' })
      expect([said, asked.length]).toEqual(['401 sign_in_required', 0])
    })
  }
})
