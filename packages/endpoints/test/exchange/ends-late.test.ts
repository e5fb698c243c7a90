import {
  memoryExchanges,
  type ExchangeRelation,
  type ExchangeStore,
  type RevocationFeed,
  type SessionMinter,
} from '@dualauth/core'
import { describe, expect, it } from 'vitest'
import { customMinter } from '../../src/index.js'
import { gateway } from './meanwhile.js'
import { createWorld, everybody, said, share, type World } from './world.js'

const SESSION = { session: 's1', verifier: 'legacy' } as const
const MONTH_MS = 30 * 86_400_000
const post = (cookie: string) => ({ method: 'POST', headers: { cookie } })

/** Carries what is published once it is told to. */
function slowFeed(): RevocationFeed & { arrive(): void } {
  const listeners: ((revocation: unknown) => void)[] = []
  const onTheWay: unknown[] = []
  return {
    publish: (revocation) => void onTheWay.push(revocation),
    subscribe(listener) {
      listeners.push(listener)
      return () => {}
    },
    arrive() {
      for (const revocation of onTheWay.splice(0)) for (const listener of listeners) listener(revocation)
    },
  }
}

/** The same exchanges, which relate two sessions once they may. */
function heldRelations(exchanges: ExchangeStore) {
  const [asked, gate] = [gateway(), gateway()]
  const relate = async (relations: readonly ExchangeRelation[]): Promise<void> => {
    asked.resolve()
    await gate.promise
    await exchanges.relate?.(relations)
  }
  return { exchanges: { ...exchanges, relate }, asked: asked.promise, go: () => gate.resolve() }
}

describe('a session that is minted while another instance signs its person out', () => {
  async function minted(exchange: { overlapSeconds?: number; endOld?: () => Promise<void> } = {}) {
    const [shared, feed, exchanges] = [share(), slowFeed(), memoryExchanges()]
    const held = heldRelations(exchanges)
    const options = { shared, options: { revocations: feed } }
    const here = createWorld({ ...options, exchange: { ...exchange, exchanges: held.exchanges } })
    const there = createWorld({ ...options, exchange: { exchanges } })
    await here.join('ada')
    const old = `old=${here.old('ada', { sid: 's1' })}`
    const asked = here.browser(old)
    await held.asked
    return { here, there, feed, old, held, asked }
  }

  it('ends at both, although neither could know of what the other one did', async () => {
    const { here, there, feed, old, held, asked } = await minted()
    await there.auth.signOut(post(old))
    held.go()
    const { cookie } = await asked
    feed.arrive()
    await expect.poll(() => here.use({ cookie })).toBe('credential_revoked')
    feed.arrive()
    expect(await there.use({ cookie })).toBe('credential_revoked')
  })

  it('ends at both where all of the person is ended, who is dated later by then', async () => {
    const [shared, revocations, exchanges] = [share(), slowFeed(), memoryExchanges()]
    const [asked, gate] = [gateway(), gateway()]
    const minter = (own: SessionMinter): SessionMinter => ({
      ...own,
      async mint(request) {
        asked.resolve()
        await gate.promise
        return own.mint(request)
      },
    })
    const options = { shared, options: { revocations }, exchange: { exchanges } }
    const [here, there] = [createWorld({ ...options, minter }), createWorld(options)]
    await here.join('ada')
    const reply = here.browser(`old=${here.old('ada', { sid: 's1' })}`)
    await asked.promise
    await there.auth.revoke({ principal: 'ada' })
    const second = Math.floor(Date.now() / 1000)
    await expect.poll(() => Math.floor(Date.now() / 1000), { timeout: 5_000 }).toBeGreaterThan(second)
    gate.resolve()
    const { cookie } = await reply
    revocations.arrive()
    await expect.poll(() => here.use({ cookie })).toBe('credential_revoked')
    revocations.arrive()
    expect(await there.use({ cookie })).toBe('credential_revoked')
  })

  it('goes on where the exchange itself has ended the old one', async () => {
    const ended = gateway()
    const { here, there, feed, held, asked } = await minted({ overlapSeconds: 0, endOld: async () => ended.resolve() })
    held.go()
    const { cookie } = await asked
    expect(await here.use({ cookie })).toBe('better-auth ada')
    await ended.promise
    // As a webhook of the provider says it, at whichever instance.
    await there.auth.revoke(SESSION)
    feed.arrive()
    await here.auth.close()
    expect([await here.use({ cookie }), await there.use({ cookie })]).toEqual(['better-auth ada', 'better-auth ada'])
  })
})

describe('whoever went back to the old side', () => {
  async function wentBack(endOld: (verifier: string) => void) {
    const world: World = createWorld({
      exchange: {
        overlapSeconds: 0,
        endOld: ({ principal }) => endOld(principal.verifier),
        back: customMinter({
          verifier: 'legacy',
          mint: ({ principal, endsAt }) => ({
            cookies: [`old=${world.old(principal.id, { sid: 's2', exp: endsAt })}; Path=/`],
          }),
        }),
      },
    })
    await world.join('ada')
    const { cookie: next } = await world.browser(`old=${world.old('ada', { sid: 's1' })}`)
    await world.publish({ rollout: everybody(0) })
    const back = await world.browser(next)
    expect([said(back), await world.use({ cookie: back.cookie })]).toEqual(['200', 'legacy ada'])
    await world.auth.close()
    return { world, next, back: back.cookie }
  }

  it('has a session of the old side that ends with the one of the new side', async () => {
    const { world, next, back } = await wentBack(() => {})
    await world.auth.signOut(post(next))
    expect(await world.use({ cookie: back })).toBe('credential_revoked')
  })

  it('has a session of the new side that `endOld` is not asked to end', async () => {
    const ended: string[] = []
    await wentBack((verifier) => ended.push(verifier))
    expect(ended).not.toContain('better-auth')
  })
})

it('two sessions are known to belong together for as long as theirs are refreshed, not only until the first tokens end', async () => {
  const ends: number[] = []
  const { relate, ...exchanges } = memoryExchanges()
  const world = createWorld({
    exchange: {
      exchanges: {
        ...exchanges,
        relate(relations) {
          ends.push(...relations.map(({ endsAt }) => endsAt as number))
          return relate?.(relations)
        },
      },
    },
  })
  await world.join('ada')
  const exp = Math.floor(Date.now() / 1000) + 600
  expect(said(await world.browser(`old=${world.old('ada', { sid: 's1', exp })}`))).toBe('200')
  expect(ends).toHaveLength(6)
  expect(Math.min(...ends)).toBeGreaterThan(Date.now() + MONTH_MS - 60_000)
})
