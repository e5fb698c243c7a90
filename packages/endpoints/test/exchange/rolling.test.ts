import { describe, expect, it, vi } from 'vitest'
import { AUTOMATIC, late, sessionsOf } from './meanwhile.js'
import { createWorld } from './world.js'

describe('an old cookie that each answer renews', () => {
  it('becomes one session, which the first answer brings that renews nothing', async () => {
    const minted: string[] = []
    const world = createWorld({
      ...AUTOMATIC,
      minter: (own) => ({
        ...own,
        async mint(request) {
          minted.push(request.principal.id)
          return own.mint(request)
        },
      }),
    })
    await world.join('ada')
    const rolled = (turn: number): string => `old=${world.old('ada', { sid: 's1', turn })}`
    for (let turn = 0; turn < 5; turn++) {
      const answer = await late(world, rolled(turn))
      await vi.waitFor(() => expect(sessionsOf(world)).toBe(1))
      answer?.drop('renewed')
    }
    const answer = await late(world, rolled(5))
    await vi.waitFor(() => expect(answer?.take()).not.toEqual([]))
    expect([minted, sessionsOf(world)]).toEqual([['ada'], 1])
  })

  it('is let rest where no answer could bring the session in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const world = createWorld(AUTOMATIC)
      await world.join('ada')
      const cookie = `old=${world.old('ada', { sid: 's1' })}`
      const answer = await late(world, cookie)
      await vi.waitFor(() => expect(sessionsOf(world)).toBe(1))
      answer?.drop('renewed')
      await vi.waitFor(() => {
        vi.advanceTimersByTime(60_000)
        expect(sessionsOf(world)).toBe(0)
      })
      world.clock.offset = 120_000
      const again = await late(world, cookie)
      expect([again?.take() ?? [], sessionsOf(world)]).toEqual([[], 0])
    } finally {
      vi.useRealTimers()
    }
  })
})
