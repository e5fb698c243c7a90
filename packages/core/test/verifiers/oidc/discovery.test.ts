import { createServer, type Server } from 'node:http'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AuthEvent } from '../../../src/index.js'
import { discoveredKeys } from '../../../src/verifiers/oidc/discovered-keys.js'
import { urlOf, metadataUrls } from '../../../src/verifiers/oidc/discovery.js'
import { createClock } from '../../support/clock.js'
import { startKeySetServer, type KeySetServer } from '../../support/key-set-server.js'
import { ecPair } from '../../support/tokens.js'

const OPENID = '/.well-known/openid-configuration'
const OAUTH = '/.well-known/oauth-authorization-server'
const HOUR = 3_600_000

type Answer = readonly [status: number, body: string, headers?: Record<string, string>] | 'hang' | 'reset'
const document = (fields: object): Answer => [200, JSON.stringify(fields)]

let server: Server
let issuer: string
let answers: Record<string, Answer> = {}
let asked: string[] = []
let [first, second]: KeySetServer[] = []
const key = { ...ecPair().jwk, kid: 'a' }

beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = answers[request.url ?? ''] ?? [404, '']
    asked.push(request.url ?? '')
    if (answer === 'hang') return
    if (answer === 'reset') return void request.socket.destroy()
    const [status, body, headers] = answer
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers }).end(body)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  ;[first, second] = [await startKeySetServer([key]), await startKeySetServer([{ ...key, kid: 'b' }])]
})
afterEach(() => {
  vi.useRealTimers()
  answers = {}
  asked = []
})
afterAll(async () => {
  server.closeAllConnections()
  await Promise.all([first?.close(), second?.close(), new Promise((resolve) => void server.close(resolve))])
})

function open(path = '', timeoutMs = 10_000) {
  const clock = createClock()
  const failures: unknown[] = []
  const emit = (event: Partial<AuthEvent>) => void (event.type === 'keys_failed' && failures.push(event))
  const keys = discoveredKeys(issuer + path, { timeoutMs }, { verifier: 'idp', now: clock.now, emit })
  const find = async (kid: string) => (await keys.find('ES256', kid)).length
  return { keys, clock, failures, find }
}

describe('metadata', () => {
  it('stands where OpenID Connect and RFC 8414 say', () => {
    expect(metadataUrls('https://id.example')).toEqual([`https://id.example${OPENID}`, `https://id.example${OAUTH}`])
    expect(metadataUrls('https://id.example/realms/a/')).toEqual([
      `https://id.example/realms/a${OPENID}`,
      `https://id.example${OAUTH}/realms/a`,
    ])
  })

  it('of OpenID Connect is asked first, that of RFC 8414 where there is none', async () => {
    answers = { [`${OAUTH}/realm`]: document({ issuer: `${issuer}/realm`, jwks_uri: first!.url }) }
    expect(await open('/realm').find('a')).toBe(1)
    expect(asked).toEqual([`/realm${OPENID}`, `${OAUTH}/realm`])
  })

  it.each<[string, () => Answer]>([
    ['of another issuer', () => document({ issuer: 'https://evil.example', jwks_uri: first!.url })],
    ['of an issuer that is spelled otherwise', () => document({ issuer: `${issuer}/`, jwks_uri: first!.url })],
    ['of a list of issuers', () => document({ issuer: [issuer], jwks_uri: first!.url })],
    ['without an issuer', () => document({ jwks_uri: first!.url })],
    ['without a key set', () => document({ issuer })],
    ['whose key set is plain http', () => document({ issuer, jwks_uri: 'http://keys.example/jwks' })],
    ['whose key set is a file', () => document({ issuer, jwks_uri: 'file:///etc/passwd' })],
    ['whose key set is no address', () => document({ issuer, jwks_uri: {} })],
    ['that redirects', () => [302, '', { location: `${first!.origin}/doc` }]],
    ['that is HTML', () => [200, '<html></html>']],
    ['that is null', () => [200, 'null']],
    ['that is a list', () => [200, '[]']],
    ['that is cut', () => [200, '{"issuer":']],
    ['that is huge', () => [200, JSON.stringify({ issuer, jwks_uri: first!.url }).padEnd(200_000, ' ')]],
    ['that never comes', () => 'hang'],
    ['that breaks off', () => 'reset'],
    ['that is down', () => [503, '']],
  ])('%s is not believed, and nothing else is asked', async (_, answer) => {
    answers = { [OPENID]: answer(), [OAUTH]: document({ issuer, jwks_uri: first!.url }) }
    const { keys, failures } = open()
    const before = first!.fetches
    // The limit is ours to reach, once the request has arrived: a slow machine must not.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const arrived = new Promise((resolve) => void server.once('request', resolve))
    const found = expect(keys.find('ES256', 'a')).rejects.toThrow()
    await arrived
    if (answers[OPENID] === 'hang') await vi.advanceTimersByTimeAsync(10_000)
    await found
    await expect(keys.find('ES256', 'a')).rejects.toThrow('discovery: unavailable')
    expect(asked).toEqual([OPENID])
    expect(first!.fetches).toBe(before)
    expect(failures).toHaveLength(1)
  })

  it('that nobody publishes is an outage', async () => {
    await expect(open().find('a')).rejects.toThrow('discovery: answered 404')
  })

  it.each([
    'localhost',
    'LOCALHOST.',
    'keys.localhost',
    '127.0.0.2',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
    '169.254.169.254',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:169.254.169.254]',
    '[::ffff:0.0.0.0]',
    '[fe80::1]',
  ])('of a public issuer never leads to this machine: %s', (host) => {
    const document = { issuer: 'https://id.example', jwks_uri: `https://${host}/keys` }
    expect(() => urlOf('jwks_uri', document, 'https://id.example')).toThrow('loopback')
  })

  it.each(['id.example', '10.0.0.1', '128.0.0.1', '[2001:db8::1]', 'localhost.example'])(
    'of a public issuer may lead to %s',
    (host) => {
      const url = `https://${host}/keys`
      expect(urlOf('jwks_uri', { issuer: 'https://id.example', jwks_uri: url }, 'https://id.example')).toBe(url)
    },
  )

  it('of a public issuer never leads to loopback', () => {
    const internal = { issuer: 'https://id.example', jwks_uri: 'http://127.0.0.1:8500/secret' }
    expect(() => urlOf('jwks_uri', internal, 'https://id.example')).toThrow('loopback')
    expect(() => urlOf('jwks_uri', { ...internal, jwks_uri: 'https://localhost/x' }, 'https://id.example')).toThrow(
      'loopback',
    )
  })

  it('of any form is an error or an address that may be asked', () => {
    const issuerOf = fc.oneof(fc.constant('https://id.example'), fc.jsonValue())
    const uri = fc.oneof(fc.webUrl(), fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ issuer: issuerOf, jwks_uri: uri })), (value) => {
        let url: string
        try {
          url = urlOf('jwks_uri', value, 'https://id.example')
        } catch (error) {
          return /^(?:the document|`jwks_uri`) /.test((error as Error).message)
        }
        return new URL(url).protocol === 'https:' && (value as { issuer: unknown }).issuer === 'https://id.example'
      }),
    )
  })
})

describe('an address that was found', () => {
  it('is kept for an hour, then asked for again, and nobody waits for that', async () => {
    answers = { [OPENID]: document({ issuer, jwks_uri: first!.url }) }
    const { find, clock, keys } = open()
    await find('a')
    clock.advance(HOUR - 1)
    await find('a')
    expect(asked).toHaveLength(1)
    answers = { [OPENID]: 'hang' }
    clock.advance(1)
    expect(keys.find('ES256', 'a')).not.toBeInstanceOf(Promise)
    await vi.waitFor(() => expect(asked).toHaveLength(2))
    expect(await find('a')).toBe(1)
    expect(asked).toHaveLength(2)
    keys.close()
  })

  it('goes on when the metadata fails, which is asked at most once a minute then', async () => {
    answers = { [OPENID]: document({ issuer, jwks_uri: first!.url }) }
    const { find, clock, failures } = open()
    await find('a')
    answers = { [OPENID]: document({ issuer: 'https://evil.example', jwks_uri: second!.url }) }
    clock.advance(HOUR)
    expect(await Promise.all([find('a'), find('a'), find('a')])).toEqual([1, 1, 1])
    await vi.waitFor(() => expect(failures).toHaveLength(1))
    clock.advance(59_999)
    expect(await find('a')).toBe(1)
    expect(asked).toHaveLength(2)
    clock.advance(1)
    expect(await find('a')).toBe(1)
    await vi.waitFor(() => expect(failures).toHaveLength(2))
    expect(asked).toHaveLength(3)
  })

  it('is replaced by a new one only when that has keys to give', async () => {
    answers = { [OPENID]: document({ issuer, jwks_uri: first!.url }) }
    const { find, clock, failures } = open()
    await find('a')
    answers = { [OPENID]: document({ issuer, jwks_uri: `${second!.origin}/new` }) }
    second!.mode = 'status-500'
    clock.advance(HOUR)
    expect(await find('a')).toBe(1)
    await vi.waitFor(() => expect(failures).not.toEqual([]))
    expect(await find('a')).toBe(1)
    second!.mode = 'ok'
    clock.advance(60_000)
    expect(await find('a')).toBe(1)
    await vi.waitFor(async () => expect(await find('b')).toBe(1))
    clock.advance(1_000)
    expect(await find('a')).toBe(0)
  })

  it('is kept alive behind the response where the platform asks for that', async () => {
    answers = { [OPENID]: document({ issuer, jwks_uri: first!.url }) }
    const clock = createClock()
    const kept: Promise<unknown>[] = []
    const owner = { verifier: 'idp', now: clock.now, emit: () => {} }
    const keys = discoveredKeys(issuer, { waitUntil: (work) => void kept.push(work) }, owner)
    await keys.find('ES256', 'a')
    clock.advance(HOUR)
    await keys.find('ES256', 'a')
    await Promise.all(kept)
    expect(asked).toHaveLength(2)
  })
})
