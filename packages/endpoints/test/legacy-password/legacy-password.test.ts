import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  legacyPasswordEndpoint,
  type LegacyPasswordDialect,
  type LegacyPasswordEndpointOptions,
  type LegacyPasswordEvent,
} from '../../src/index.js'

const SECRETS = ['a-new-secret-of-more-than-32-characters', 'an-old-secret-of-more-than-32-characters']
const ADA = { hash: 'hash of right', id: 'ada', email: 'ada@example.com', emailVerified: true, name: 'Ada Lovelace' }
const KEYS = { script: 'identifier', ory: 'identifier', fusionauth: 'loginId', keycloak: 'path' } as const

function world(more: Partial<LegacyPasswordEndpointOptions> = {}) {
  const events: LegacyPasswordEvent[] = []
  const checked: (string | null)[] = []
  let now = Date.UTC(2026, 10, 29)
  const dialect: LegacyPasswordDialect = more.dialect ?? 'script'
  const handle = legacyPasswordEndpoint({
    dialect,
    secrets: SECRETS,
    passwords: {
      async verifyPassword(hash, password) {
        checked.push(hash)
        return { ok: hash === `hash of ${password}` }
      },
    },
    find: (identifier) => (identifier === ADA.email ? ADA : null),
    onEvent: (event) => events.push(event),
    now: () => now,
    ...more,
  })
  const send = async (init: RequestInit & { path?: string } = {}) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${SECRETS[0]}` }
    const { path = '', ...rest } = init
    const request = new Request(`https://old.example.com/check${path}`, { method: 'POST', headers, ...rest })
    const response = await handle(request)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const ask = (identifier: string, password: string) =>
    dialect === 'keycloak'
      ? send({ path: `/${encodeURIComponent(identifier)}`, body: JSON.stringify({ password }) })
      : send({ body: JSON.stringify({ [KEYS[dialect]]: identifier, password }) })
  return { ask, send, events, checked, pass: (ms: number) => (now += ms), now: () => now }
}

const outage = { find: () => Promise.reject(new Error('connect ECONNREFUSED ada@example.com')) }

describe.each<[LegacyPasswordDialect, number, number]>([
  ['script', 200, 200],
  ['ory', 200, 403],
  ['fusionauth', 200, 404],
  ['keycloak', 200, 403],
])('a provider that asks as %s', (dialect, right, wrong) => {
  it('learns right, wrong and that it cannot be told, and no event names anybody', async () => {
    const { ask, events, checked } = world({ dialect })
    const yes = await ask(ADA.email, 'right')
    expect(yes.status).toBe(right)
    expect(yes.text).not.toContain(ADA.hash)
    expect((await ask(ADA.email, 'guess')).status).toBe(wrong)
    expect((await ask('nobody@example.com', 'guess')).status).toBe(wrong)
    // A person who is not there costs a check, too.
    expect(checked).toEqual([ADA.hash, ADA.hash, null])
    const down = world({ dialect, ...outage })
    const unknown = await down.ask(ADA.email, 'right')
    expect(unknown.status).toBe(503)
    expect(unknown.headers.get('retry-after')).toBe('5')
    expect(unknown.text).toContain('account_unavailable')
    expect(events.map(({ outcome }) => outcome)).toEqual(['ok', 'wrong', 'wrong'])
    expect(down.events).toEqual([
      { type: 'legacy_password', dialect, outcome: 'unavailable', code: 'account_unavailable' },
    ])
    for (const said of [unknown.text, JSON.stringify([...events, ...down.events])]) expect(said).not.toContain('ada')
  })
})

describe('the answers', () => {
  it('are in the form that each provider reads', async () => {
    const bodyOf = async (dialect: LegacyPasswordDialect, password: string): Promise<unknown> =>
      JSON.parse((await world({ dialect }).ask(ADA.email, password)).text)
    expect(await bodyOf('script', 'right')).toEqual({
      outcome: 'ok',
      profile: { id: 'ada', email: ADA.email, emailVerified: true, name: ADA.name },
    })
    expect(await bodyOf('script', 'guess')).toEqual({ outcome: 'wrong' })
    expect(await bodyOf('ory', 'right')).toEqual({ status: 'password_match' })
    expect(await bodyOf('fusionauth', 'right')).toMatchObject({ user: { email: ADA.email, verified: true } })
  })

  it('tell Keycloak who somebody is', async () => {
    const { send } = world({ dialect: 'keycloak' })
    const found = await send({ method: 'GET', path: '/ada%40example.com' })
    expect(found.status).toBe(200)
    expect(JSON.parse(found.text)).toMatchObject({
      id: 'ada',
      email: ADA.email,
      firstName: 'Ada',
      lastName: 'Lovelace',
    })
    expect((await send({ method: 'GET', path: '/nobody' })).status).toBe(404)
    expect((await world().send({ method: 'GET' })).status).toBe(405)
  })
})

describe('a caller', () => {
  const body = JSON.stringify({ identifier: ADA.email, password: 'right' })
  const json = { 'content-type': 'application/json' }

  it.each([[undefined], ['Bearer wrong'], [`Basic ${SECRETS[0]}`], [SECRETS[0]]])(
    'without a secret learns nothing: %s',
    async (authorization) => {
      const { send, checked } = world()
      const headers = { ...json, ...(authorization !== undefined && { authorization }) }
      const reply = await send({ headers, body })
      expect(reply.status).toBe(401)
      expect(reply.text).toContain('client_invalid')
      expect(checked).toEqual([])
    },
  )

  it('may have the old secret while they are changed', async () => {
    const headers = { ...json, authorization: `Bearer ${SECRETS[1]}` }
    expect((await world().send({ headers, body })).status).toBe(200)
  })

  it('signs, for a time that is neither long ago nor ahead', async () => {
    const { send, now } = world({ authentication: 'hmac' })
    const signed = (at: number, text = body, secret = SECRETS[1]!) => {
      const digest = createHmac('sha256', secret).update(`${at}.${text}`).digest('hex')
      return send({ headers: { ...json, 'dualauth-signature': `t=${at}, v1=${digest}` }, body })
    }
    expect((await signed(now())).status).toBe(200)
    expect((await signed(now() - 299_000)).status).toBe(200)
    expect((await signed(now() - 301_000)).status).toBe(401)
    expect((await signed(now() + 301_000)).status).toBe(401)
    expect((await signed(now(), `${body} `)).status).toBe(401)
    expect((await signed(now(), body, 'another-secret-of-more-than-32-characters')).status).toBe(401)
    expect((await send({ body })).status).toBe(401)
  })

  it('that sends something else is told so', async () => {
    const { send } = world()
    const headers = { 'content-type': 'text/plain', authorization: `Bearer ${SECRETS[0]}` }
    expect((await send({ headers, body })).status).toBe(415)
    expect((await send({ body: 'x'.repeat(8_193) })).status).toBe(413)
    for (const bad of ['', '{', '[]', 'null', '{"identifier":"a"}', '{"identifier":7,"password":"x"}'])
      expect((await send({ body: bad })).status).toBe(400)
    expect((await send({ method: 'PUT', body })).status).toBe(405)
  })
})

it.each([
  [
    'throws',
    () => {
      throw new Error('the log is full')
    },
  ],
  ['rejects', (): never => Promise.reject(new Error('the log is full')) as never],
])('a listener that %s changes no answer', async (_name, onEvent) => {
  const { ask } = world({ dialect: 'ory', onEvent })
  expect((await ask(ADA.email, 'right')).status).toBe(200)
  expect((await ask(ADA.email, 'guess')).status).toBe(403)
})

describe('attempts', () => {
  it('for one account end, however the address is written, and begin afresh after their time', async () => {
    const { ask, pass } = world({ perAccount: { attempts: 3, windowMs: 60_000 } })
    for (const address of ['ada@example.com', 'ADA@example.com', ' ada@example.com'])
      expect((await ask(address, 'guess')).status).toBe(200)
    pass(20_500)
    const refused = await ask('ada@example.com', 'right')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('40')
    expect(refused.text).toContain('rate_limited')
    expect((await ask('bob@example.com', 'guess')).status).toBe(200)
    pass(40_000)
    expect((await ask('ada@example.com', 'right')).text).toContain('"ok"')
  })

  it('count for the person, whichever of several names is tried', async () => {
    const names = ['ada', 'ada@example.com', '+44 20 7946 0000', 'ADA\u00a0@example.com']
    const { ask } = world({
      perAccount: { attempts: 3, windowMs: 60_000 },
      find: (name) => (name.startsWith('bob') ? { ...ADA, id: 'bob' } : ADA),
    })
    const all = [...names, ...names].map(async (name) => (await ask(name, 'guess')).status)
    expect((await Promise.all(all)).filter((status) => status === 200)).toHaveLength(3)
    expect((await ask('ada again', 'right')).status).toBe(429)
    expect((await ask('bob', 'guess')).status).toBe(200)
  })

  it('begin afresh with a right password', async () => {
    const { ask } = world({ perAccount: { attempts: 2, windowMs: 60_000 } })
    for (let round = 0; round < 5; round++) expect((await ask('ada@example.com', 'right')).status).toBe(200)
  })

  it('in total end, too', async () => {
    const { ask, pass } = world({ total: { attempts: 5, windowMs: 1_000 } })
    const all = await Promise.all(Array.from({ length: 7 }, (_, index) => ask(`${index}@example.com`, 'guess')))
    // Digests are made beside each other, in no order.
    expect(all.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(all.filter(({ status }) => status === 429)).toHaveLength(2)
    pass(1_000)
    expect((await ask('8@example.com', 'guess')).status).toBe(200)
  })
})

describe('wrong options', () => {
  it.each([
    [{ secrets: ['short'] }, 'legacyPasswordEndpoint.secrets[0]'],
    [{ secrets: [] }, 'legacyPasswordEndpoint.secrets'],
    [{ dialect: 'okta' }, 'legacyPasswordEndpoint.dialect'],
    [{ perAccount: { attempts: 0, windowMs: 1 } }, 'legacyPasswordEndpoint.perAccount.attempts'],
    [{ dialect: 'keycloak', authentication: 'hmac' }, 'legacyPasswordEndpoint.authentication'],
  ])('are named: %j', (more, named) => {
    expect(() => world(more as never)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringContaining(named) }),
    )
  })
})
