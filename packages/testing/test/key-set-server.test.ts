import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startKeySetServer, type KeySetMode, type KeySetServer } from '../src/index.js'

let server: KeySetServer
beforeEach(async () => {
  server = await startKeySetServer()
})
afterEach(() => server.close())

const get = (patienceMs = 20_000): Promise<Response> =>
  fetch(server.url, { redirect: 'manual', signal: AbortSignal.timeout(patienceMs) })
const kids = async (): Promise<unknown[]> =>
  ((await (await get()).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)

describe('a key-set server', () => {
  it('publishes the key that signs', async () => {
    const { payload } = await jwtVerify(server.sign({ sub: 'a' }), createRemoteJWKSet(new URL(server.url)))
    expect(payload.sub).toBe('a')
    expect([server.fetches, server.path]).toEqual([1, '/jwks'])
  })

  it('rotates with and without overlap, and withdraws', async () => {
    const first = server.signingKey.kid
    const second = server.rotate().kid
    expect(await kids()).toEqual([first, second])
    server.withdraw(first)
    expect(await kids()).toEqual([second])
    const third = server.rotate({ overlap: false }).kid
    expect(await kids()).toEqual([third])
    expect(server.signingKey.kid).toBe(third)
    await jwtVerify(server.sign({}), createRemoteJWKSet(new URL(server.url)))
  })

  it('sends further fields', async () => {
    server.headers = { 'cache-control': 'max-age=60' }
    expect((await get()).headers.get('cache-control')).toBe('max-age=60')
  })

  it('publishes whatever it is given', async () => {
    const other = await startKeySetServer({ keys: [{ kid: 'a' }, null] })
    expect(await (await fetch(other.url)).json()).toEqual({ keys: [{ kid: 'a' }, null] })
    other.withdraw('a')
    expect(other.keys).toEqual([null])
    await other.close()
  })

  it.each<[KeySetMode, number]>([
    ['status-500', 500],
    ['status-429', 429],
    ['redirect', 302],
    ['html', 200],
    ['bad-json', 200],
    ['empty', 200],
    ['no-keys', 200],
    ['oversized', 200],
    ['gzip-bomb', 200],
  ])('%s answers %i', async (mode, status) => {
    server.mode = mode
    const response = await get()
    const body = await response.text()
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toBe(mode === 'status-429' ? '1' : null)
    expect(body.length > 1_000_000).toBe(mode === 'oversized' || mode === 'gzip-bomb')
  })

  it.each<KeySetMode>(['hang', 'reset', 'drip'])('%s never answers in full', async (mode) => {
    server.mode = mode
    await expect(get(300).then((response) => response.text())).rejects.toThrow()
    expect(server.fetches).toBe(1)
  })

  it('closes although a request hangs', async () => {
    const other = await startKeySetServer()
    other.mode = 'hang'
    const asked = fetch(other.url).catch(() => 'ended')
    while (other.fetches === 0) await new Promise((resolve) => setImmediate(resolve))
    await other.close()
    expect(await asked).toBe('ended')
  })
})
