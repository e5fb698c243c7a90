import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  betterAuth,
  createDualAuth,
  httpSessions,
  introspection,
  keySetAt,
  legacyJwt,
  oidc,
  remote,
  remoteFetch,
  type AuthEvent,
  type ExplainInput,
  type Verifier,
} from '../../src/index.js'
import { SESSION_SECRET, sessionToken, signedCookie } from '../support/sessions.js'

const SECRET = randomBytes(32).toString('hex')
/** A password in a query and a body that nobody may read in a log. */
const HIDDEN = 'hunter2'
/** Longer than what an event takes for a token. */
const PATH = '/realms/a-realm-with-quite-a-long-name/protocol'

let server: Server
let answer: RequestListener
let origin: string
beforeAll(async () => {
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const jwt = (claims: object): string =>
  [{ alg: 'RS256', kid: 'k', typ: 'at+jwt' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat(randomBytes(256).toString('base64url'))
    .join('.')
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

interface Door {
  open(url: string, timeoutMs: number): Verifier
  readonly headers: Readonly<Record<string, string>>
}

/** Everything that asks somebody over HTTP, with a credential that it owns. */
const DOORS: Readonly<Record<string, Door>> = {
  'a key set': {
    open: (url, timeoutMs) =>
      oidc({
        name: 'idp',
        issuer: 'https://idp.example.com',
        audience: 'api',
        keySetUrl: url,
        keySetOptions: { timeoutMs },
      }),
    headers: bearer(jwt({ iss: 'https://idp.example.com', aud: 'api', sub: 'ada' })),
  },
  'a key set of home-grown tokens': {
    open: (url, timeoutMs) =>
      legacyJwt({
        name: 'old',
        algorithms: ['RS256'],
        keySet: keySetAt(url, { timeoutMs }),
        purpose: 'only-access-tokens',
      }),
    headers: bearer(jwt({ sub: 'ada' })),
  },
  introspection: {
    open: (url, timeoutMs) =>
      introspection({
        name: 'opaque',
        endpoint: url,
        issuer: 'https://idp.example.com',
        client: { id: 'api', secret: SECRET },
        audience: 'api',
        token: { prefix: 'at_' },
        timeoutMs,
      }),
    headers: bearer(`at_${'x'.repeat(40)}`),
  },
  'another service': {
    open: (url, timeoutMs) =>
      remote({
        name: 'service',
        credentials: [{ jwtIssuer: null }],
        validate: remoteFetch({ url, secret: SECRET, timeoutMs }),
      }),
    headers: bearer(jwt({ sub: 'ada' })),
  },
  'sessions over HTTP': {
    open: (url, timeoutMs) =>
      betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions: httpSessions({ url, timeoutMs }) }),
    headers: { cookie: `better-auth.session_token=${signedCookie(sessionToken('ada'))}` },
  },
}

/** What a 503 says of its cause in an event, in a diagnosis, and in all that is written of both. */
async function saidOf({ open, headers }: Door, url: string, timeoutMs = 30_000) {
  const events: AuthEvent[] = []
  const auth = createDualAuth({ verifiers: [open(url, timeoutMs)], onEvent: (event) => void events.push(event) })
  const result = await auth.authenticate({ method: 'GET', headers })
  expect(result.ok ? 'in' : result.error.code).toBe('verifier_unavailable')
  const outage = events.find(({ type }) => type === 'unavailable') as { readonly error?: { readonly message: string } }
  const { steps } = await auth.diagnose(presentedBy(headers))
  await auth.close()
  const diagnosis = JSON.stringify(steps)
  return { event: outage.error?.message ?? '', diagnosis, written: JSON.stringify(events) + diagnosis }
}

function presentedBy({ cookie, authorization }: Door['headers']): ExplainInput {
  const [name = '', value = ''] = cookie?.split('=', 2) ?? []
  return cookie === undefined ? (authorization ?? '').slice('Bearer '.length) : { cookie: name, value }
}

const html: RequestListener = (_, response) =>
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<p>${HIDDEN}</p>`)
const status =
  (code: number, type = 'text/html'): RequestListener =>
  (_, response) =>
    response.writeHead(code, { 'content-type': type, location: `https://elsewhere.example.com/${HIDDEN}` }).end(HIDDEN)
const json =
  (body: unknown): RequestListener =>
  (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const ANSWERS: readonly (readonly [name: string, answer: RequestListener, said: RegExp])[] = [
  ['404', status(404), /answered 404, text\/html/],
  ['500', status(500, 'text/plain'), /answered 500, text\/plain/],
  ['a redirect', status(302), /answered 302, text\/html/],
  ['a page', html, /answered 200, text\/html/],
  ['what is too large', json('x'.repeat(2_000_000)), /empty or larger than \d+ bytes/],
  ['no HTTP', (request) => void request.socket.end('junk\r\n\r\n'), /fetch failed/],
]

describe.each(Object.entries(DOORS))('a 503 of %s', (_name, door) => {
  it.each(ANSWERS)('says which address was asked, and that it gave %s', async (_answer, given, said) => {
    answer = given
    const { event, diagnosis, written } = await saidOf(door, `${origin}${PATH}`)
    for (const text of [event, diagnosis]) {
      expect(text).toContain(`${origin}${PATH}`)
      expect(text).toMatch(said)
    }
    expect(written).not.toContain(HIDDEN)
  })

  it('says which address was asked, and how long it was waited for', async () => {
    answer = () => {}
    const { event, diagnosis } = await saidOf(door, `${origin}${PATH}`, 50)
    for (const text of [event, diagnosis]) {
      expect(text).toContain(`${origin}${PATH}`)
      expect(text).toContain('not complete within 50 ms')
    }
  })

  it('says which address was asked where nobody listens', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const closed = `http://127.0.0.1:${(free.address() as AddressInfo).port}`
    await new Promise((resolve) => free.close(resolve))
    const { event, diagnosis } = await saidOf(door, `${closed}${PATH}`)
    for (const text of [event, diagnosis]) {
      expect(text).toContain(`${closed}${PATH}`)
      expect(text).toContain('ECONNREFUSED')
    }
  })

  it('says which address was asked where it speaks no TLS', async () => {
    answer = json({})
    const url = `${origin.replace('http:', 'https:')}${PATH}`
    const { event, diagnosis } = await saidOf(door, url)
    for (const text of [event, diagnosis]) expect(text).toMatch(/(?:SSL|TLS|packet)/i)
    expect(event).toContain(url)
  })
})

it.each([
  [{ session: { id: 's', userId: 'ada' }, user: { id: 'ada' } }, '`session.expiresAt` is missing'],
  [
    { session: { id: 's', userId: 'ada', expiresAt: true }, user: { id: 'ada' } },
    '`session.expiresAt` is of the type boolean',
  ],
  [{ session: { id: 's', userId: 'ada', expiresAt: 1 } }, '`user` is missing'],
  [{ session: null, user: null }, '`session` is null'],
  [{ profile: HIDDEN }, '`session` is missing'],
  [[HIDDEN], 'it is a list'],
  ['a session', 'it is a string of another form'],
])('sessions over HTTP name the member that keeps %j from being one', async (body, said) => {
  answer = json(body)
  const { event, written } = await saidOf(DOORS['sessions over HTTP'] as Door, `${origin}${PATH}`)
  expect(event).toContain(said)
  expect(written).not.toContain(HIDDEN)
})

it.each([
  ['a list', [HIDDEN]],
  ['an object without `active`', { profile: HIDDEN }],
  ['an `active` of another type', { active: HIDDEN }],
])('introspection that answers 200 with %s is named with the member', async (_what, body) => {
  answer = json(body)
  const { event, diagnosis, written } = await saidOf(DOORS['introspection'] as Door, `${origin}${PATH}`)
  for (const text of [event, diagnosis])
    expect(text).toContain(`answered 200, application/json, at ${origin}${PATH}: not a JSON object in which \`active\``)
  expect(written).not.toContain(HIDDEN)
})

describe('metadata of an issuer', () => {
  const discovered = (headers = bearer(jwt({ iss: origin, aud: 'api', sub: 'ada' }))): Door => ({
    open: () => oidc({ name: 'idp', issuer: origin, audience: 'api' }),
    headers,
  })

  it.each([
    ['a list', () => [HIDDEN], 'the document is not a JSON object'],
    ['no key set', () => ({ issuer: origin, profile: HIDDEN }), 'the document names no `jwks_uri`'],
    [
      'a key set in clear',
      () => ({ issuer: origin, jwks_uri: `http://id.example/${HIDDEN}` }),
      '`jwks_uri` must use https',
    ],
  ])('that hold %s are named with the member, in an event, a diagnosis and in health', async (_what, body, said) => {
    answer = json(body())
    const door = discovered()
    const { event, diagnosis, written } = await saidOf(door, origin)
    const auth = createDualAuth({ verifiers: [door.open(origin, 0)] })
    const { checks } = await auth.health()
    await auth.close()
    const health = checks.find(({ name }) => name === 'idp')?.problem ?? ''
    for (const text of [event, diagnosis, health]) {
      expect(text).toContain(`discovery: answered 200, application/json, at ${origin}/.well-known/openid-configuration`)
      expect(text).toContain(said)
    }
    expect(written + health).not.toContain(HIDDEN)
  })
})

describe('what looks like a secret in the words of a driver or of the app', () => {
  const failing = (): Promise<never> =>
    Promise.reject(new Error(`connect to redis://app:${HIDDEN}@10.0.0.1 as ada@example.com, password=${HIDDEN}`))
  const auth = () =>
    createDualAuth({
      verifiers: [
        betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions: Object.assign(failing, { ready: failing }) }),
      ],
    })
  const { headers } = DOORS['sessions over HTTP'] as Door

  it('is covered in a diagnosis', async () => {
    const { steps } = await auth().diagnose(presentedBy(headers))
    expect(steps.at(-1)?.findings[0]).toMatch(/^ba cannot tell: .*connect to/)
    expect(JSON.stringify(steps)).not.toMatch(/hunter2|ada@/)
  })

  it('is covered in what ready() rejects with', async () => {
    const error = await auth()
      .ready()
      .catch((cause: Error) => cause)
    expect((error as Error).message).toMatch(/^ba: betterAuth\(ba\)\.sessions: connect to/)
    expect((error as Error).message).not.toMatch(/hunter2|ada@/)
  })

  it('is covered where link is what fails', async () => {
    const found = { session: { id: 's', userId: 'ada', expiresAt: Date.now() + 60_000 }, user: { id: 'ada' } }
    const { steps } = await createDualAuth({
      verifiers: [betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions: () => found })],
      link: failing,
    }).diagnose(presentedBy(headers))
    expect(steps.at(-1)).toMatchObject({ step: 'link', ok: false })
    expect(steps.at(-1)?.findings[0]).toMatch(/^link failed: .*connect to/)
    expect(JSON.stringify(steps)).not.toMatch(/hunter2|ada@/)
  })
})
