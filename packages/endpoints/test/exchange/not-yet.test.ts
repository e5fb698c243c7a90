import { describe, expect, it, vi } from 'vitest'
import { AUTOMATIC, late } from './meanwhile.js'
import { createWorld, everybody, said, type World } from './world.js'

/** Why nobody was moved, of those whom nobody asked for. */
const refusals = (world: World): readonly unknown[] =>
  world.events.flatMap((event) => (event.type === 'exchange_refused' && event.automatic ? [event.reason] : []))

describe('an exchange that is too early', () => {
  it('is refused as settling, with the seconds that are left', async () => {
    const world = createWorld({ policy: { settleMs: 20_000 } })
    await world.join('ada')
    const cookie = `old=${world.old('ada')}`
    const early = await world.browser(cookie)
    expect([said(early), early.headers.get('retry-after')]).toEqual(['403 exchange_refused settling', '20'])
    world.clock.offset = 20_000
    expect(said(await world.browser(cookie))).toBe('200')
  })

  it('is refused as having no rollout, which is not the same as not being in it', async () => {
    const world = createWorld({ policy: { rollout: everybody(0) } })
    await world.join('ada')
    const cookie = `old=${world.old('ada')}`
    expect(said(await world.browser(cookie))).toBe('403 exchange_refused cohort')
    await world.replace({ settleMs: 0, stage: 'dual' })
    expect(said(await world.browser(cookie))).toBe('403 exchange_refused no_rollout')
  })
})

describe('an automatic exchange', () => {
  it('says that the instance settles, and is tried again as soon as that is over', async () => {
    const world = createWorld({ ...AUTOMATIC, policy: { settleMs: 5_000 } })
    await world.join('ada')
    const cookie = `old=${world.old('ada')}`
    const early = await late(world, cookie)
    await vi.waitFor(() => expect(refusals(world)).toEqual(['settling']))
    expect(early?.take()).toEqual([])
    world.clock.offset = 5_000
    const settled = await late(world, cookie)
    await vi.waitFor(() => expect(settled?.take()).not.toEqual([]))
  })

  it('says that there is no rollout, and nothing of whom the rollout leaves where they are', async () => {
    const world = createWorld({ ...AUTOMATIC, policy: { rollout: everybody(0) } })
    await world.join('ada')
    await world.join('bob')
    await late(world, `old=${world.old('ada')}`)
    await world.replace({ settleMs: 0, stage: 'prefer-new' })
    await late(world, `old=${world.old('bob')}`)
    await vi.waitFor(() => expect(refusals(world)).toEqual(['no_rollout']))
  })
})
