import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchJson, type Fetch, type FetchLimits } from '../../src/outbound/fetch-json.js'
import { startKeySetServer, type KeySetMode, type KeySetServer } from '../support/key-set-server.js'

let server: KeySetServer

beforeEach(async () => {
  server = await startKeySetServer([])
})
afterEach(() => server.close())

const limits = (more: Partial<FetchLimits> = {}): FetchLimits => ({
  timeoutMs: 60,
  maxBytes: 1_000,
  fetch: (url, init) => globalThis.fetch(url, init),
  closed: new AbortController().signal,
  ...more,
})
const ask = (more?: Partial<FetchLimits>) => fetchJson(server.url, {}, limits(more))
const deaf: Fetch = () => new Promise(() => {})

describe('an answer', () => {
  it('is read with its status and header fields', async () => {
    server.headers = { 'cache-control': 'max-age=60' }
    const { status, body, headers } = await ask({ timeoutMs: 3_000 })
    expect([status, body, headers.get('cache-control')]).toEqual([200, { keys: [] }, 'max-age=60'])
  })

  it('other than 200 is not read', async () => {
    server.mode = 'status-500'
    expect(await ask({ timeoutMs: 3_000 })).toMatchObject({ status: 500, body: null })
  })

  it('that was redirected by a `fetch` of the app is refused', async () => {
    const follow: Fetch = async () => Object.defineProperty(new Response('{}'), 'redirected', { value: true })
    await expect(ask({ fetch: follow })).rejects.toThrow()
  })

  it('that is too large is refused, whether it says so or not', async () => {
    for (const mode of ['oversized', 'gzip-bomb'] as const) {
      server.mode = mode
      await expect(ask({ timeoutMs: 3_000 })).rejects.toThrow()
    }
  })
})

describe('an answer that does not come', () => {
  const modes: KeySetMode[] = ['hang', 'drip']

  it.each(modes)('is given up in time: %s', async (mode) => {
    server.mode = mode
    await expect(ask()).rejects.toThrow()
  })

  it.each(modes)('is given up in time under garbage collection: %s', async (mode) => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    server.mode = mode
    const collecting = setInterval(collect, 10)
    try {
      await expect(ask({ timeoutMs: 200 })).rejects.toThrow()
    } finally {
      clearInterval(collecting)
    }
  })

  it.each(modes)('is given up when its owner closes: %s', async (mode) => {
    server.mode = mode
    const owner = new AbortController()
    const asked = ask({ timeoutMs: 60_000, closed: owner.signal })
    owner.abort()
    await expect(asked).rejects.toThrow()
    await expect(ask({ closed: owner.signal })).rejects.toThrow()
    expect(server.fetches).toBeLessThan(2)
  })

  it('is given up although the `fetch` of the app ignores its signal', async () => {
    await expect(ask({ fetch: deaf })).rejects.toThrow()
    const owner = new AbortController()
    const asked = ask({ timeoutMs: 60_000, fetch: deaf, closed: owner.signal })
    owner.abort()
    await expect(asked).rejects.toThrow()
  })
})
