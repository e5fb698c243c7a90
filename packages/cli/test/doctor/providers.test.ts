import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startKeySetServer, type KeySetServer } from '@dualauth/testing'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask } from '../../src/doctor/probe.js'
import { runHere } from '../support/in-process.js'
import { expectMend } from './support/ask.js'
import { createPractice } from './support/patient.js'

const SECRET = randomBytes(32).toString('hex')
const OLDER = randomBytes(32).toString('hex')
const practice = createPractice()

const open: Array<() => void> = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})
async function serve(listener: (...exchange: Parameters<RequestListener>) => unknown): Promise<string> {
  const server = createServer((request, response) => void listener(request, response)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  open.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('the key set of an issuer', () => {
  let issuer: KeySetServer
  beforeEach(async () => {
    issuer = await startKeySetServer()
    open.push(() => void issuer.close())
  })
  const look = (url: string, samples: readonly string[] = []) =>
    practice.examine({
      options: `{ verifiers: [legacyJwt({ name: 'old', algorithms: ['ES256'], keySet: keySetAt(url), purpose: 'only-access-tokens' })] }`,
      values: { url },
      samples,
    })

  it('is all right, and so is a token of it', async () => {
    const now = Math.floor(Date.now() / 1000)
    const found = await look(issuer.url, [issuer.sign({ sub: 'u-7', iat: now, exp: now + 600 })])
    expect(found).toMatchObject({ code: 0, codes: [] })
    expect(found.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['key_set', 'clock', 'sample_accepted']),
    )
  })

  it('is not at its address', async () => {
    const origin = await serve((_, response) => void response.writeHead(404).end())
    expect(expectMend(await look(`${origin}/jwks`), 'key_set_not_found', '`keySetAt(url)`').subject).toContain(origin)
  })

  it('cannot be reached', async () => {
    await issuer.close()
    expectMend(await look(issuer.url), 'key_set_unreachable', '`keySetOptions.fetch`')
  })

  it('cannot be reached, and is reported once, whatever its address is called', async () => {
    const closed = await issuerAway()
    const found = await look(`${closed}/realms/app/certs?realm=app`)
    expectMend(found, 'key_set_unreachable', '`keySetOptions.fetch`')
  })

  it('cannot be found, because its issuer cannot be reached', async () => {
    const found = await practice.examine({
      options: `{ verifiers: [oidc({ name: 'idp', issuer: url, audience: 'api' })] }`,
      values: { url: await issuerAway() },
    })
    expectMend(found, 'issuer_metadata_unreachable', '`issuer` or `keySetUrl`')
  })

  it('is reported by what uses it where that goes through a proxy of the app', async () => {
    const found = await practice.examine({
      options: `{ verifiers: [oidc({ name: 'idp', issuer: 'https://idp.example.com', audience: 'api', keySetUrl: url, keySetOptions: { fetch: () => Promise.reject(new Error('no proxy')) } })] }`,
      values: { url: issuer.url },
    })
    expect(expectMend(found, 'not_ready', 'idp').seen).toContain(`${issuer.url}: no proxy`)
  })

  it('cannot be reached, which hides no failure of another source that speaks of key sets', async () => {
    const found = await practice.examine({
      options: `{ verifiers: [legacyJwt({ name: 'old', algorithms: ['ES256'], keySet: keySetAt(url), purpose: 'only-access-tokens' }), betterAuth({ name: 'ba', secrets: [secret], sessions: Object.assign(() => null, { ready: () => Promise.reject(new Error('no key set, no metadata, no discovery')) }) })] }`,
      values: { url: `${await issuerAway()}/jwks`, secret: SECRET },
    })
    expect(found.codes).toEqual(['key_set_unreachable', 'not_ready'])
  })

  it('redirects', async () => {
    issuer.mode = 'redirect'
    expectMend(await look(issuer.url), 'key_set_redirects', '`keySetAt(url)`')
  })

  it('answers without an end, of which no more is read than a key set may be long', async () => {
    let sent = 0
    const part = Buffer.alloc(1 << 20, 0x20)
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): void => {
        while (!response.destroyed && sent < 200 && response.write(part)) sent++
        if (sent >= 200) response.end()
      }
      response.on('drain', () => (sent++, more()))
      more()
    })
    const answer = await ask(`${origin}/jwks`, Date.now)
    expect(answer).toEqual({ ok: false, why: expect.stringContaining('larger than') as string })
    expect(sent).toBeLessThan(100)
  })

  it('is a page', async () => {
    issuer.mode = 'html'
    expectMend(await look(issuer.url), 'key_set_unreadable', '`keySetUrl`')
  })

  it('holds no key that can be used', async () => {
    issuer.keys = [{ kty: 'oct', kid: 'a', k: 'c2VjcmV0' }]
    const { seen } = expectMend(await look(issuer.url), 'key_set_without_keys', '`use: "sig"`')
    expect(seen).toContain('symmetric')
  })

  it('holds no key at all', async () => {
    issuer.keys = []
    expectMend(await look(issuer.url), 'key_set_without_keys', '`keySetUrl`')
  })

  it('holds one that is refused beside a good one', async () => {
    issuer.keys = [...issuer.keys, { kty: 'RSA', kid: 'b', n: 'AQAB', e: 'AQAB' }]
    expectMend(await look(issuer.url), 'key_refused', 'replace')
  })

  it('has another key than the one that signed', async () => {
    const now = Math.floor(Date.now() / 1000)
    const token = issuer.sign({ sub: 'u-7', iat: now, exp: now + 600 })
    issuer.rotate({ overlap: false })
    expectMend(await look(issuer.url, [token]), 'key_unknown', '`keySetUrl`')
  })

  it('is on a machine whose clock is wrong', async () => {
    issuer.headers = { date: new Date(Date.now() + 90_000).toUTCString() }
    const { seen } = expectMend(await look(issuer.url), 'clock_skew', '`clockToleranceSeconds`')
    expect(seen).toMatch(/(?:89|90|91) s ahead/)
  })
})

/** The origin of a server that was closed. */
async function issuerAway(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

describe('a Better Auth server that is asked over HTTP', () => {
  const look = (url: string, more: readonly string[] = []) =>
    practice.examine({
      options: `{ verifiers: [betterAuth({ name: 'ba', secrets: [secret], sessions: httpSessions({ url }) })] }`,
      values: { url, secret: SECRET },
      args: more,
      secrets: [SECRET],
    })
  const real = (rateLimit: object): Promise<string> =>
    serve(
      toNodeHandler(
        betterAuth({
          secret: SECRET,
          baseURL: 'http://127.0.0.1',
          database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
          rateLimit,
          advanced: { ipAddress: { ipAddressHeaders: ['x-none'], disableIpTracking: false } },
          logger: { disabled: true },
        }),
      ),
    )

  it('answers at its address', async () => {
    const origin = await real({ enabled: false })
    const found = await look(`${origin}/api/auth/get-session`, ['--provider-requests', '150'])
    expect(found).toMatchObject({ code: 0, codes: [] })
    expect(found.out).toContain('answered 150 requests, and refused none')
  })

  it('is at another address', async () => {
    const origin = await real({ enabled: false })
    expectMend(await look(`${origin}/get-session`), 'provider_address', '`httpSessions`')
  })

  it('refuses a busy caller', async () => {
    const origin = await real({ enabled: true, window: 60, max: 10 })
    const url = `${origin}/api/auth/get-session`
    expect((await look(url)).codes).toEqual([])
    const { seen } = expectMend(
      await look(url, ['--provider-requests', '40']),
      'provider_limits',
      "'/get-session': false",
    )
    expect(seen).toContain('429')
  })
})

describe('secrets of another process', () => {
  const look = (other: object | string, list = '[secret, older]') =>
    practice.examine({
      options: `{ verifiers: [betterAuth({ name: 'ba', secrets: ${list}, sessions: () => null })] }`,
      values: { secret: SECRET, older: OLDER },
      args: [
        '--compare',
        practice.file(
          `other-${randomBytes(4).toString('hex')}.json`,
          typeof other === 'string' ? other : JSON.stringify(other),
        ),
      ],
      secrets: [SECRET, OLDER],
    })
  const printed: Record<string, { fingerprints: Array<{ verifier: string; index: number; fingerprint: string }> }> = {}
  beforeAll(async () => {
    for (const [name, input] of Object.entries({ SECRET, OLDER, other: randomBytes(32).toString('hex') })) {
      const { code, out, err } = await runHere(['fingerprint', 'ba'], { input: `${input}\n` })
      if (code !== 0) throw new Error(err)
      printed[name] = JSON.parse(out) as never
    }
  })

  it.each([
    ['are the same', 'SECRET', '[secret]', null, ''],
    ['are others', 'other', '[secret]', 'secret_mismatch', '`secrets`'],
    ['are in another order', 'OLDER', '[secret, older]', 'secret_order', '`secrets`'],
    ['are not all of them', 'SECRET', '[secret, older]', 'secret_differs', '`secrets`'],
  ])('%s', async (_, other, list, code, option) => {
    const found = await look(printed[other] as object, list)
    if (code === null) return expect(found).toMatchObject({ code: 0, codes: [] })
    expectMend(found, code, option)
  })

  it('stand between what the application logs', async () => {
    const text = `{"level":"info"}\n${JSON.stringify(printed['other'], null, 2)}\n{"level":"error"}\n`
    expectMend(await look(text, '[secret]'), 'secret_mismatch', '`secrets`')
  })

  it('are not known by the name of the verifier', async () => {
    expectMend(await look({ fingerprints: [] }, '[secret]'), 'secret_uncompared', 'name of the verifier')
  })

  it('are about to be refused', async () => {
    const until = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)
    const found = await practice.examine({
      options: `{ verifiers: [legacyJwt({ name: 'old', algorithms: ['HS256'], secrets: ['k7#pQ'], purpose: 'only-access-tokens', acceptWeakSecret: { until, reason: 'old' } })] }`,
      values: { until },
    })
    expectMend(found, 'acceptance_ending', '`acceptWeakSecret`')
  })
})
