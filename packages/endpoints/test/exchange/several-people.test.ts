import type { AuthRequest } from '@dualauth/core'
import { describe, expect, it, vi } from 'vitest'
import { createWorld, said, type World, type WorldOptions } from './world.js'

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
