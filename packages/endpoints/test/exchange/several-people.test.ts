import { memoryExchanges, type AuthRequest } from '@dualauth/core'
import { describe, expect, it, vi } from 'vitest'
import { sharedFeed } from './meanwhile.js'
import { createWorld, said, share, type World, type WorldOptions } from './world.js'

type Context = Parameters<World['auth']['guard']>[0]
type Late = Extract<Parameters<NonNullable<Context['keep']>>[0][number], { take(): unknown }>

const GUARD: Parameters<World['auth']['guard']>[1] = { kind: 'authenticated' }

describe('people whose tokens state the same session id, such as that of a device', () => {
  it('each become themselves, one after the other', async () => {
    const world = await twoPeople()
    const ada = await world.browser(`old=${world.old('ada', { sid: '1' })}`)
    const bob = await world.browser(`old=${world.old('bob', { sid: '1' })}`)
    expect([ada.json['id'], bob.json['id']]).toEqual(['ada', 'bob'])
    expect(await world.use({ cookie: bob.cookie })).toBe('better-auth bob')
  })

  it('each become themselves at the same time, by tokens', async () => {
    const world = await twoPeople({ bodyTokens: true })
    const [ada, bob] = await Promise.all([
      world.client(world.old('ada', { sid: '1' })),
      world.client(world.old('bob', { sid: '1' })),
    ])
    expect([said(ada), said(bob)]).toEqual(['200', '200'])
    expect(await world.use({ authorization: `Bearer ${String(ada.json['access_token'])}` })).toBe('better-auth ada')
    expect(await world.use({ authorization: `Bearer ${String(bob.json['access_token'])}` })).toBe('better-auth bob')
  })

  it('do not use up the exchanges of one another', async () => {
    const world = await twoPeople({ bodyTokens: true })
    await vi.waitFor(async () => {
      expect(said(await world.client(world.old('ada', { sid: '1' })))).toBe('403 exchange_refused limit')
    })
    expect(said(await world.client(world.old('bob', { sid: '1' })))).toBe('200')
  })

  it('are never brought the session of one another by an ordinary answer', async () => {
    const world = await twoPeople({ exchange: { automatic: true } })
    const ada = await late(world, `old=${world.old('ada', { sid: '1' })}`)
    expect(await signedInBy(world, ada)).toBe('better-auth ada')
    const bob = await late(world, `old=${world.old('bob', { sid: '1' })}`)
    expect(await signedInBy(world, bob)).toBe('better-auth bob')
  })

  it('whose old sessions both end after their overlap', async () => {
    const ended: string[] = []
    const endOld = ({ principal }: { principal: { id: string } }): void => void ended.push(principal.id)
    const world = await twoPeople({ exchange: { endOld } })
    await world.use({ cookie: (await world.browser(`old=${world.old('ada', { sid: '1' })}`)).cookie })
    await world.use({ cookie: (await world.browser(`old=${world.old('bob', { sid: '1' })}`)).cookie })
    await world.auth.close()
    expect(ended.toSorted()).toEqual(['ada', 'bob'])
  })
})

describe('what ends the session of one of two people with the same session id', () => {
  const EVERYBODYS = { session: '1', verifier: 'legacy' } as const
  const post = (cookie: string) => ({ method: 'POST', headers: { cookie } })

  async function bothAcross(exchange: WorldOptions['exchange'] = {}, more: WorldOptions = {}) {
    const world = await twoPeople({ exchange, ...more })
    const across = async (id: string): Promise<readonly [old: string, next: string]> => {
      const old = `old=${world.old(id, { sid: '1' })}`
      return [old, (await world.browser(old)).cookie]
    }
    const [adas, bobs] = [await across('ada'), await across('bob')]
    const all = (at: World = world) => Promise.all([...adas, ...bobs].map((cookie) => at.use({ cookie })))
    return { world, adas, bobs, all }
  }

  const OUT = 'credential_revoked'
  const ADA_IS_OUT = [OUT, OUT, 'legacy bob', 'better-auth bob']

  it.each(['old', 'new'] as const)('leaves the other one signed in: a sign-out with the %s cookie', async (which) => {
    const { world, adas, all } = await bothAcross()
    await world.auth.signOut(post(which === 'old' ? adas[0] : adas[1]))
    expect(await all()).toEqual(ADA_IS_OUT)
  })

  it('leaves the other one signed in: an end of the session of the old cookie', async () => {
    const { world, adas, all } = await bothAcross()
    await world.auth.endSession(post(adas[0]))
    expect((await all()).slice(1)).toEqual(ADA_IS_OUT.slice(1))
  })

  it('leaves the other one signed in: a revocation that says whose it is, at all instances', async () => {
    const [shared, exchanges, revocations] = [share(), memoryExchanges(), sharedFeed()]
    const options = { shared, options: { revocations } }
    const there = createWorld({ ...options, exchange: { exchanges } })
    const { world, adas, all } = await bothAcross({ exchanges }, options)
    const known = await world.auth.authenticate({ method: 'GET', headers: { cookie: adas[0] } })
    const { issuer, subject } = known.ok ? known.principal : { issuer: '', subject: '' }
    await there.auth.revoke({ ...EVERYBODYS, issuer, subject })
    expect([await all(), await all(there)]).toEqual([ADA_IS_OUT, ADA_IS_OUT])
  })

  it('ends both where it names the session alone', async () => {
    const { world, all } = await bothAcross()
    await world.auth.revoke(EVERYBODYS)
    expect(await all()).toEqual([OUT, OUT, OUT, OUT])
  })

  it('is not undone by the exchange, which has ended the old session of the other one', async () => {
    const ended: string[] = []
    const endOld = ({ principal }: { principal: { id: string } }): void => void ended.push(principal.id)
    const { world, adas, all } = await bothAcross({ endOld, overlapSeconds: 3_600 })
    await world.use({ cookie: adas[1] })
    await world.auth.close()
    expect(ended).toEqual(['ada'])
    // As its provider announces it.
    await world.auth.revoke(EVERYBODYS)
    expect(await all()).toEqual([OUT, 'better-auth ada', OUT, OUT])
  })

  it('is not undone by the exchange, which has ended the old session of somebody else, for a sign-out either', async () => {
    const { world, adas, bobs, all } = await bothAcross({ endOld: () => {}, overlapSeconds: 3_600 })
    await world.use({ cookie: adas[1] })
    await world.auth.close()
    await world.auth.signOut(post(bobs[0]))
    expect(await all()).toEqual(['legacy ada', 'better-auth ada', OUT, OUT])
  })
})

async function twoPeople(options: WorldOptions = {}): Promise<World> {
  const world = createWorld({ stage: 'prefer-new', ...options })
  await world.join('ada')
  await world.join('bob')
  return world
}

/** What an ordinary answer to a browser may bring along. */
async function late(world: World, cookie: string): Promise<Late> {
  const kept: Parameters<NonNullable<Context['keep']>>[0][number][] = []
  const request: AuthRequest = { method: 'GET', headers: { cookie } }
  const context: Context = { request, native: null, memo: {}, keep: (cookies) => void kept.push(...cookies) }
  await world.auth.guard(context, GUARD)
  return kept.find((one): one is Late => 'take' in one) as Late
}

async function signedInBy(world: World, late: Late): Promise<string> {
  const pairs = await vi.waitFor(() => {
    const taken = late.take() as readonly { readonly field: string }[]
    expect(taken.length).toBeGreaterThan(0)
    return taken.map(({ field }) => field.split(';', 1)[0] as string)
  })
  return world.use({ cookie: pairs.filter((pair) => !pair.endsWith('=')).join('; ') })
}
