import { memoryExchanges, type ExchangeUse, type SessionMinter } from '@dualauth/core'
import { describe, expect, it } from 'vitest'
import { customMinter } from '../../src/index.js'
import { AUTOMATIC, late } from './meanwhile.js'
import { createWorld, ORIGIN, said } from './world.js'

const CROSS = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }

describe('a page of another site', () => {
  it('gets no cookies for a token of its own', async () => {
    const world = createWorld({ bodyTokens: true })
    await world.join('eve')
    const token = world.old('eve')
    for (const headers of [CROSS, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const reply = await world.client(token, { tokens: false }, headers)
      expect([said(reply), reply.headers.getSetCookie()]).toEqual(['403 origin_untrusted', []])
    }
    expect(said(await world.client(token, { tokens: false }, { origin: ORIGIN }))).toBe('200')
    expect(said(await world.client(token, { tokens: false }))).toBe('200')
  })

  it.each([
    ['cross-site', 0],
    ['same-origin', 1],
  ])('has %s requests bring %d automatic exchanges', async (site, offered) => {
    const world = createWorld(AUTOMATIC)
    await world.join('ada')
    const offers = await late(world, `old=${world.old('ada')}`, { 'sec-fetch-site': site })
    expect(offers === null ? 0 : 1).toBe(offered)
  })
})

describe('what a minter brings', () => {
  it('is judged also where a cookie ends in the padding of base64', async () => {
    const judged: string[] = []
    const padded = (own: SessionMinter): SessionMinter => ({
      ...own,
      async mint(request) {
        const minted = await own.mint(request)
        if (minted?.kind !== 'cookies') return minted
        return {
          ...minted,
          cookies: minted.cookies.map((cookie) => ({
            ...cookie,
            field: cookie.field.replace(/^([^;]*)%3D;/, (_, start: string) => {
              judged.push(cookie.name)
              return `${start}=;`
            }),
          })),
        }
      },
    })
    const world = createWorld({ minter: padded })
    await world.join('ada')
    const reply = await world.browser(`old=${world.old('ada')}`)
    expect(judged.length).toBeGreaterThan(0)
    expect(said(reply)).toBe('200')
  })

  it.each([
    ['a script', { signIn: 'javascript:alert(1)' }],
    ['another site by a path', { signIn: '//evil.example/login' }],
    ['another site by a backslash', { signIn: '/\\\\evil.example' }],
    ['another scheme', { signIn: 'http://app.example.com/login' }],
    ['a reason that is no slug', { signIn: null, reason: '<b>now</b>' }],
  ])('sends nobody to %s', async (_, minted) => {
    const world = createWorld({ minter: () => customMinter({ verifier: 'better-auth', mint: () => minted }) })
    await world.join('ada')
    const reply = await world.browser(`old=${world.old('ada')}`)
    expect([said(reply), reply.json['login']]).toEqual(['503 verifier_unavailable', undefined])
  })
})

it.each([undefined, {}, { tokens: null }, { cookies: 'a=b' }, { accessToken: 'x' }])(
  'a minter of the application that returns %j is a mistake of its own, which is named',
  async (made) => {
    const world = createWorld({ minter: () => customMinter({ verifier: 'better-auth', mint: () => made as never }) })
    await world.join('ada')
    const reply = await world.browser(`old=${world.old('ada')}`)
    expect(said(reply)).toBe('503 verifier_unavailable')
    expect(world.events.map((event) => String('cause' in event ? event.cause : ''))).toContainEqual(
      expect.stringContaining('customMinter: mint must return'),
    )
  },
)

describe('the count of exchanges', () => {
  it('outlives a credential of some minutes as long as what was minted out of it', async () => {
    const uses: ExchangeUse[] = []
    const memory = memoryExchanges()
    const exchanges = {
      ...memory,
      take(use: ExchangeUse) {
        uses.push(use)
        return memory.take(use)
      },
    }
    const world = createWorld({ exchange: { exchanges, renew: true, maxAgeSeconds: 86_400 * 3 } })
    await world.join('ada')
    const reply = await world.browser(`old=${world.old('ada', { sid: 's1' })}`)
    expect(said(reply)).toBe('200')
    expect(uses[0]?.endsAt).toBeGreaterThanOrEqual(Number(reply.json['expiresAt']) * 1000)
  })

  it('is kept for every session that lives, and swept seldom', () => {
    let looks = 0
    const exchanges = memoryExchanges({
      now: () => {
        looks++
        return 0
      },
    })
    for (let row = 0; row < 100_100; row++) void exchanges.take({ key: `k${row}`, most: 1, endsAt: 1_000 })
    // One sweep, and not one for each exchange beyond.
    expect(looks).toBeLessThan(200_000)
    expect(exchanges.take({ key: 'k0', most: 1, endsAt: 1_000 })).toBe(false)
  })

  it('goes on beside a session id that many people have, of whom those that are over are forgotten', () => {
    let now = 0
    const exchanges = memoryExchanges({ now: () => now })
    const relate = (key: string, revocation: string, endsAt: number | null) =>
      exchanges.relate?.([{ key, revocation, endsAt }])
    for (let person = 0; person < 100; person++) void relate('device', `p${person}`, 1_000)
    void relate('device', 'newest', null)
    for (let row = 0; row < 99_999; row++) void relate(`k${row}`, 'r', 5_000)
    now = 2_000
    void relate('another', 'r', 5_000)
    expect(exchanges.relatedTo?.('device')).toEqual(['newest'])
    expect(exchanges.relatedTo?.('k0')).toEqual(['r'])
  })
})
