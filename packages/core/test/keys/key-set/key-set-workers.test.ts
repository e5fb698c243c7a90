import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Fetch } from '../../../src/outbound/fetch-json.js'
import { createClock, type Clock } from '../../support/clock.js'
import { openKeySet, typesOf } from '../../support/key-set.js'
import { startKeySetServer, type KeySetServer } from '../../support/key-set-server.js'
import { ecPair } from '../../support/tokens.js'

// On Workers a fetch belongs to the request that started it and dies with it.
const first = { ...ecPair().jwk, kid: 'first' }
const real: Fetch = (url, init) => globalThis.fetch(url, init)
const never: Fetch = () => new Promise(() => {})
const cancelled: Fetch = async () => {
  await Promise.resolve()
  throw new DOMException('The request was cancelled.', 'AbortError')
}

let server: KeySetServer
let clock: Clock
beforeEach(async () => {
  server = await startKeySetServer([first])
  clock = createClock()
})
afterEach(() => server.close())

/** A key set whose first fetches go as told, and then for real. */
function open(...fetches: Fetch[]) {
  let calls = 0
  const keys = openKeySet(server.url, clock, {
    timeoutMs: 1_000,
    fetch: (url, init) => (fetches[calls++] ?? real)(url, init),
  })
  return { ...keys, calls: () => calls }
}

describe('a fetch that died with the request that started it', () => {
  it('is made anew by those of other requests who waited for it', async () => {
    const keys = open(cancelled)
    const dying = keys.count('first')
    const waiting = Array.from({ length: 100 }, () => keys.count('first'))
    expect(await dying).toBe('cannot tell')
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([1]))
    expect(keys.calls()).toBe(2)
    expect(server.fetches).toBe(1)
  })

  it('is not asked for ever: what fails twice has failed', async () => {
    const keys = open(cancelled, cancelled)
    const all = Array.from({ length: 100 }, () => keys.count('first'))
    expect(new Set(await Promise.all(all))).toEqual(new Set(['cannot tell']))
    expect(keys.calls()).toBe(2)
  })

  it('without a word is made anew when its time is over', async () => {
    const keys = open(never)
    void keys.count('first')
    clock.advance(2_001)
    expect(await keys.count('first')).toBe(1)
    expect(keys.calls()).toBe(2)
  })

  it('does not stop a refresh in the background for good', async () => {
    const keys = open(real, never)
    await keys.count('first')
    clock.advance(8 * 60_000)
    await keys.count('first')
    clock.advance(2_001)
    await keys.count('first')
    expect(keys.calls()).toBe(3)
    await keys.behind()
    expect(typesOf(keys)).toContain('keys_fetched')
  })
})

describe('waitUntil', () => {
  it('gets every refresh that goes on after the answer, and none that is waited for', async () => {
    const work: Promise<unknown>[] = []
    const keys = openKeySet(server.url, clock, { waitUntil: (one) => void work.push(one) })
    await keys.count('first')
    expect(work).toHaveLength(0)
    clock.advance(8 * 60_000)
    await keys.count('first')
    expect(work).toHaveLength(1)
    server.mode = 'status-500'
    clock.advance(10 * 60_000)
    await keys.count('first')
    await expect(Promise.all(work)).resolves.toBeDefined()
  })

  it('gets the refresh that a request gave up waiting for, from the request that began it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const work: Promise<unknown>[] = []
    let answer: (response: Response) => void = () => {}
    const slow = new Promise<Response>((resolve) => (answer = resolve))
    const answers = [Response.json({ keys: [first] }), slow]
    const fetch: Fetch = async () => answers.shift() as Response | Promise<Response>
    const keys = openKeySet(server.url, clock, { fetch, waitUntil: (one) => void work.push(one) })
    await keys.count('first')
    clock.advance(10 * 60_000)
    const waiting = [keys.count('first'), keys.count('first')]
    await vi.advanceTimersByTimeAsync(250)
    expect(await Promise.all(waiting)).toEqual([1, 1])
    expect(work).toHaveLength(1)
    expect(typesOf(keys)).toEqual(['keys_fetched'])
    answer(Response.json({ keys: [first] }))
    await work[0]
    expect(typesOf(keys)).toEqual(['keys_fetched'])
  })

  it('may throw outside a request', async () => {
    const keys = openKeySet(server.url, clock, {
      waitUntil: () => {
        throw new Error('no request')
      },
    })
    await keys.count('first')
    clock.advance(8 * 60_000)
    expect(await keys.count('first')).toBe(1)
  })
})
