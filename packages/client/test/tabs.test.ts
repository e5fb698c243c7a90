import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient, type Client } from '../src/index.js'
import { ADA, createApi, expiring, json, ORIGIN, problem, type Api } from './support/api.js'
import { createLocks } from './support/locks.js'

const tabs: Client[] = []
let address = 0
let time = 0
beforeEach(() => {
  vi.stubGlobal('navigator', { locks: createLocks() })
  // Tabs of another test hear nothing.
  address++
})
afterEach(() => {
  for (const tab of tabs.splice(0)) tab.close()
  vi.unstubAllGlobals()
})

interface Tab extends Client {
  readonly changes: string[]
}

function open(api: Api, count: number): Tab[] {
  return Array.from({ length: count }, () => {
    const authPath = `https://id-${address}.example.com/auth`
    const client = createClient({ baseUrl: ORIGIN, authPath, fetch: api.fetch, navigate: () => {}, now: () => ++time })
    tabs.push(client)
    const changes: string[] = []
    client.onChange(({ type, isElsewhere }) => changes.push(isElsewhere ? `${type} elsewhere` : type))
    return { ...client, changes }
  })
}

const statusesOf = async (responses: readonly Promise<Response>[]): Promise<number[]> =>
  (await Promise.all(responses)).map(({ status }) => status)

describe('the tabs of a browser', () => {
  it('refresh once together, and each hears of it', async () => {
    const api = createApi()
    expiring(api)
    const all = open(api, 20)
    const statuses = await statusesOf(all.flatMap((tab) => [tab.fetch('/things'), tab.fetch('/things')]))
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(api.count('POST /auth/refresh')).toBe(1)
    await vi.waitUntil(() => all.every(({ changes }) => changes.length === 1))
    expect(all.flatMap(({ changes }) => changes).toSorted()).toEqual([
      'renewed',
      ...Array<string>(19).fill('renewed elsewhere'),
    ])
  })

  it('sign out once together where the session is over', async () => {
    const api = createApi()
    expiring(api)
    api.answers.set('/auth/refresh', () => problem(401, 'credential_revoked'))
    const all = open(api, 20)
    expect(new Set(await statusesOf(all.map((tab) => tab.fetch('/things'))))).toEqual(new Set([401]))
    expect(api.count('POST /auth/refresh')).toBe(1)
    await vi.waitUntil(() => all.every(({ changes }) => changes.length > 0))
    expect(all.map(({ changes }) => changes[0]!.replace(' elsewhere', ''))).toEqual(Array(20).fill('signed-out'))
  })

  it('share an outage: one asks, each is handed 503, and nobody is signed out', async () => {
    const api = createApi()
    expiring(api)
    api.answers.set('/auth/refresh', () => problem(503, 'verifier_unavailable', { 'retry-after': '7' }))
    const all = open(api, 20)
    const responses = await Promise.all(all.map((tab) => tab.fetch('/things')))
    for (const response of responses)
      expect([response.status, response.headers.get('retry-after'), (await response.json()).code]).toEqual([
        503,
        '7',
        'verifier_unavailable',
      ])
    expect([api.count('POST /auth/refresh'), all.flatMap(({ changes }) => changes)]).toEqual([1, []])
  })

  it('hear of a sign-out in one of them, and of a sign-in afterwards', async () => {
    const api = createApi()
    api.answers.set('/auth/me', () => json(ADA))
    const [one, other] = open(api, 2) as [Tab, Tab]
    expect([(await one.me())?.id, (await other.me())?.id]).toEqual(['ada', 'ada'])
    await one.signOut()
    await vi.waitUntil(() => other.changes.length > 0)
    expect([one.changes, other.changes]).toEqual([['signed-out'], ['signed-out elsewhere']])
    // The page that somebody comes back to after signing in.
    const [back] = open(api, 1) as [Tab]
    await back.me()
    await vi.waitUntil(() => other.changes.length > 1)
    expect(other.changes).toEqual(['signed-out elsewhere', 'signed-in elsewhere'])
  })

  it('sign out after a refresh that is under way, so that none begins the session again', async () => {
    const api = createApi()
    expiring(api)
    const refresh = api.answers.get('/auth/refresh')!
    let release = (): void => {}
    api.answers.set('/auth/refresh', async (request) => {
      await new Promise<void>((resolve) => (release = resolve))
      return refresh(request)
    })
    const [one, other] = open(api, 2) as [Tab, Tab]
    const call = one.fetch('/things')
    await vi.waitUntil(() => api.count('POST /auth/refresh') === 1)
    const out = other.signOut()
    release()
    await Promise.all([call, out])
    const ends = api.asked.filter((asked) => asked.startsWith('POST'))
    expect(ends).toEqual(['POST /auth/refresh', 'POST /auth/sign-out'])
  })

  it('without Web Locks ask one by one, and are all signed in', async () => {
    vi.stubGlobal('navigator', {})
    const api = createApi()
    expiring(api)
    const all = open(api, 5)
    expect(await statusesOf(all.map((tab) => tab.fetch('/things')))).toEqual(Array(5).fill(200))
    // The server makes one refresh of them.
    expect(api.count('POST /auth/refresh')).toBeLessThanOrEqual(5)
  })

  it('in a frame that may have no locks, ask one by one', async () => {
    const refused = (): Promise<never> => Promise.reject(new DOMException('no', 'SecurityError'))
    vi.stubGlobal('navigator', { locks: { request: refused } })
    const api = createApi()
    expiring(api)
    expect(await statusesOf(open(api, 1).map((tab) => tab.fetch('/things')))).toEqual([200])
  })

  it('without BroadcastChannel do not ask at the same time', async () => {
    vi.stubGlobal('BroadcastChannel', undefined)
    const api = createApi()
    expiring(api)
    expect(await statusesOf(open(api, 3).map((tab) => tab.fetch('/things')))).toEqual([200, 200, 200])
  })
})
