import { memoryExchanges, type ExchangeUse, type SessionMinter } from '@dualauth/core'
import { describe, expect, it, vi } from 'vitest'
import { customMinter, redirectMinter } from '../../src/index.js'
import { AUTOMATIC, late } from './meanwhile.js'
import { createWorld, everybody, said, share, type WorldOptions } from './world.js'

const HOUR = 3600

function minter(mint: Parameters<typeof customMinter>[0]['mint']): SessionMinter {
  return customMinter({ verifier: 'better-auth', mint })
}

describe('the old credential', () => {
  it('is ended once the overlap is over, once for all exchanges, and counts until then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const ended: string[] = []
      const world = createWorld({
        exchange: {
          overlapSeconds: 60,
          endOld: async ({ principal, credential }) => {
            ended.push(principal.id)
            await world.auth.revoke({ credential })
          },
        },
      })
      await world.join('ada')
      const cookie = `old=${world.old('ada')}`
      const replies = [await world.browser(cookie), await world.browser(cookie)]
      expect(replies.map(said)).toEqual(['200', '200'])
      expect(await world.use({ cookie: replies[0]?.cookie ?? '' })).toBe('better-auth ada')
      vi.advanceTimersByTime(59_000)
      expect([ended, await world.use({ cookie })]).toEqual([[], 'legacy ada'])
      vi.advanceTimersByTime(2_000)
      await expect.poll(() => world.use({ cookie })).toBe('credential_revoked')
      expect(ended).toEqual(['ada'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('is left alone where the answer was lost, until the new session comes back', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const ended: string[] = []
      const endOld = ({ principal }: { principal: { id: string } }): void => void ended.push(principal.id)
      const world = createWorld({ exchange: { overlapSeconds: 60, endOld } })
      await world.join('ada')
      const cookie = `old=${world.old('ada')}`
      const lost = await world.browser(cookie)
      vi.advanceTimersByTime(3_600_000)
      expect([said(lost), ended, await world.use({ cookie })]).toEqual(['200', [], 'legacy ada'])
      const arrived = await world.browser(cookie)
      expect(await world.use({ cookie: arrived.cookie })).toBe('better-auth ada')
      await vi.waitFor(() => expect(ended).toEqual(['ada']))
    } finally {
      vi.useRealTimers()
    }
  })

  it('is left alone where a client throws away what automatic answers bring', async () => {
    const ended: string[] = []
    const endOld = ({ principal }: { principal: { id: string } }): void => void ended.push(principal.id)
    const world = createWorld({ ...AUTOMATIC, exchange: { automatic: true, overlapSeconds: 0, endOld } })
    await world.join('ada')
    const cookie = `old=${world.old('ada')}`
    const answer = await late(world, cookie)
    let brought: readonly { readonly field: string }[] = []
    await vi.waitFor(() => expect((brought = answer?.take() ?? [])).not.toEqual([]))
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect([ended, await world.use({ cookie })]).toEqual([[], 'legacy ada'])
    const kept = brought.map(({ field }) => field.split(';', 1)[0]).join('; ')
    expect(await world.use({ cookie: kept })).toBe('better-auth ada')
    await vi.waitFor(() => expect(ended).toEqual(['ada']))
  })

  it('is left alone when the instance is closed before the new session came back', async () => {
    const ended: string[] = []
    const world = createWorld({ exchange: { endOld: ({ principal }) => void ended.push(principal.id) } })
    await world.join('ada')
    await world.browser(`old=${world.old('ada')}`)
    await world.auth.close()
    expect(ended).toEqual([])
  })

  it('is ended when the instance is closed, and a store that is away then is an event', async () => {
    const world = createWorld({ exchange: { endOld: () => Promise.reject(new Error('away')) } })
    await world.join('ada')
    const { cookie } = await world.browser(`old=${world.old('ada')}`)
    await world.use({ cookie })
    await world.auth.close()
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'unavailable', source: 'endOld' }))
  })

  it('is counted by its session at all instances, so that another token of the same is no other credential', async () => {
    const shared = share()
    const exchange = { exchanges: memoryExchanges(), most: 1 }
    const [one, other] = [createWorld({ shared, exchange }), createWorld({ shared, exchange })]
    await one.join('ada')
    expect(said(await one.client(one.old('ada', { sid: 's-1', n: 1 })))).toBe('200')
    expect(said(await other.client(one.old('ada', { sid: 's-1', n: 2 })))).toBe('403 exchange_refused limit')
    expect(said(await other.client(one.old('ada', { sid: 's-2', n: 2 })))).toBe('200')
  })

  it('is counted for a month where it has a session, whose next token comes after this one has ended', async () => {
    const uses: ExchangeUse[] = []
    const exchanges = { ...memoryExchanges(), take: (use: ExchangeUse) => uses.push(use) > 0 }
    const world = createWorld({ exchange: { exchanges } })
    await world.join('ada')
    const exp = Math.floor(Date.now() / 1000) + 300
    await world.client(world.old('ada', { exp, sid: 's-1' }))
    await world.client(world.old('ada', { exp }))
    const [session, credential] = uses.map(({ endsAt }) => Number(endsAt) - Date.now())
    expect(session).toBeGreaterThan(29 * 86_400_000)
    expect(credential).toBeLessThanOrEqual(300_000)
  })
})

describe('going back', () => {
  const back = (world: () => { old(id: string, claims?: object): string }): SessionMinter =>
    customMinter({
      verifier: 'legacy',
      mint: ({ principal, endsAt }) => ({
        cookies: [`old=${world().old(principal.id, { exp: endsAt })}; Path=/; HttpOnly`],
      }),
    })
  const start = (more: WorldOptions = {}) => {
    const world: ReturnType<typeof createWorld> = createWorld({
      ...more,
      exchange: { back: back(() => world), ...more.exchange },
    })
    return world
  }

  it('gives whoever the policy leaves on the old side a session of it, and nobody else', async () => {
    const world = start()
    await world.join('ada')
    const { cookie } = await world.browser(`old=${world.old('ada')}`)
    expect(said(await world.browser(cookie))).toBe('200')
    await world.publish({ rollout: everybody(0) })
    const reply = await world.browser(cookie)
    expect([said(reply), await world.use({ cookie: reply.cookie })]).toEqual(['200', 'legacy ada'])
  })

  it('does not begin before the new side counts: what it holds then is not accepted', async () => {
    const world = start()
    await world.join('ada')
    const { cookie } = await world.browser(`old=${world.old('ada')}`)
    for (const stage of ['shadow', 'off'] as const) {
      await world.publish({ stage })
      expect(said(await world.browser(cookie))).toBe('401 credential_not_accepted')
    }
  })

  it('gains no time, however often somebody goes there and back', async () => {
    const world = start()
    await world.join('ada')
    const exp = Math.floor(Date.now() / 1000) + HOUR
    let cookie = `old=${world.old('ada', { exp })}`
    for (const basisPoints of [10_000, 0, 10_000, 0]) {
      await world.publish({ rollout: everybody(basisPoints) })
      const reply = await world.browser(cookie)
      expect([said(reply), Number(reply.json['expiresAt']) <= exp]).toEqual(['200', true])
      cookie = reply.cookie
    }
  })
})

describe('a minter of the application', () => {
  it('gets how the person signed in, the latest end, and whom it mints for', async () => {
    const asked: object[] = []
    const world = createWorld({
      minter: () =>
        minter(({ principal, amr, endsAt, tokens, carrier }) => {
          asked.push({ id: principal.id, amr, endsAt, tokens, carrier })
          return null
        }),
    })
    const exp = Math.floor(Date.now() / 1000) + HOUR
    expect(said(await world.browser(`old=${world.old('ada', { exp, amr: ['pwd'] })}`))).toBe(
      '403 exchange_refused no_account',
    )
    expect(asked).toEqual([{ id: 'ada', amr: ['pwd', 'migrated'], endsAt: exp, tokens: false, carrier: 'cookie' }])
  })

  it.each([
    ['a cookie that breaks the header', { cookies: ['a=1\r\nset-cookie: b=2'] }, '503 verifier_unavailable'],
    ['a cookie that no verifier knows', { cookies: ['other=1; Path=/'] }, '403 exchange_refused mismatch'],
    ['tokens for a browser', { tokens: { accessToken: 'x', expiresIn: 1 } }, '403 exchange_refused mismatch'],
    ['a page to sign in at', { signIn: '/sign-in', reason: 'sso' }, '401 sign_in_required sso'],
  ])('is refused, or answered, where it brings %s', async (_what, minted, expected) => {
    const world = createWorld({ minter: () => minter(() => minted) })
    const reply = await world.browser(`old=${world.old('ada')}`)
    expect([said(reply), reply.cookie]).toEqual([expected, ''])
  })
})

describe('options', () => {
  it('are refused at the start, by name', () => {
    expect(() => createWorld({ minter: () => redirectMinter({ verifier: 'legacy', url: '/' }) })).toThrow(
      'createDualAuth.migration.exchange.minter',
    )
    expect(() => createWorld({ exchange: { most: 0 } })).toThrow('exchange.most')
    expect(() => redirectMinter({ verifier: 'x', url: '//evil.example' })).toThrow('redirectMinter.url')
    expect(() => redirectMinter({ verifier: 'x', url: 'javascript:alert(1)' })).toThrow('redirectMinter.url')
    expect(() => customMinter({ verifier: 'x' } as never)).toThrow('customMinter.mint')
  })
})

describe('a logout', () => {
  it('ends what is being minted out of the session, before and after it is there', async () => {
    let release = (): void => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    const world = createWorld({
      minter: (own) => ({
        ...own,
        async mint(asked) {
          await released
          return own.mint(asked)
        },
      }),
    })
    await world.join('ada')
    const cookie = `old=${world.old('ada')}`
    const asked = world.browser(cookie)
    await new Promise((resolve) => setImmediate(resolve))
    await world.auth.endSession({ method: 'POST', headers: { cookie } })
    release()
    const reply = await asked
    expect([said(reply), reply.cookie]).toEqual(['401 credential_revoked', ''])
    await expect.poll(() => world.shared.server.tables.session.length).toBe(0)
  })
})
