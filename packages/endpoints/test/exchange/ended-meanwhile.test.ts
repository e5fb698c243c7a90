import { describe, expect, it, vi } from 'vitest'
import { AUTOMATIC, gateway, held, late, sessionsOf, sharedFeed } from './meanwhile.js'
import { createWorld, said, share } from './world.js'

describe('a credential that is revoked while it is exchanged', () => {
  it.each([
    ['session', { session: 's1', verifier: 'legacy' }],
    ['principal', { principal: 'ada' }],
    ['verifier', { verifier: 'legacy' }],
  ] as const)('becomes nothing, where its %s is revoked', async (_, what) => {
    const { minter, asked, go } = held()
    const world = createWorld({ minter })
    await world.join('ada')
    const exchanged = world.browser(`old=${world.old('ada', { sid: 's1' })}`)
    await asked
    await world.auth.revoke(what)
    go()
    expect(said(await exchanged)).toBe('401 credential_revoked')
    expect(sessionsOf(world)).toBe(0)
  })

  it('becomes nothing, where the revocation is dated between its sign-in and the exchange', async () => {
    const { minter, asked, go } = held()
    const world = createWorld({ minter })
    await world.join('ada')
    const old = world.old('ada')
    world.clock.offset = 60_000
    const exchanged = world.browser(`old=${old}`)
    await asked
    await world.auth.revoke({ principal: 'ada', issuedBefore: world.now() - 30_000 })
    go()
    expect(said(await exchanged)).toBe('401 credential_revoked')
    expect(sessionsOf(world)).toBe(0)
  })

  it('becomes nothing, where the very credential is revoked', async () => {
    const { minter, asked, go } = held()
    const world = createWorld({ minter })
    await world.join('ada')
    const old = world.old('ada')
    const exchanged = world.browser(`old=${old}`)
    await asked
    await world.auth.signOut({ method: 'POST', headers: { cookie: `old=${old}` } })
    go()
    expect(said(await exchanged)).toBe('401 credential_revoked')
  })
})

describe('a sign-out beside a slow answer', () => {
  it('is not undone, where it happened at another instance', async () => {
    const revocations = sharedFeed()
    const shared = share()
    const here = createWorld({ ...AUTOMATIC, options: { revocations }, shared })
    const there = createWorld({ ...AUTOMATIC, options: { revocations }, shared })
    await here.join('ada')
    const cookie = `old=${here.old('ada', { sid: 's1' })}`
    const slow = await late(here, cookie)
    await vi.waitFor(() => expect(sessionsOf(here)).toBe(1))
    await there.auth.signOut({ method: 'POST', headers: { cookie } })
    await vi.waitFor(() => expect(slow?.take()).toEqual([]))
    await vi.waitFor(() => expect(sessionsOf(here)).toBe(0))
  })

  it('is not undone, where a revocation at the same instance ended the session', async () => {
    const world = createWorld(AUTOMATIC)
    await world.join('ada')
    const slow = await late(world, `old=${world.old('ada', { sid: 's1' })}`)
    await vi.waitFor(() => expect(sessionsOf(world)).toBe(1))
    await world.auth.revoke({ session: 's1', verifier: 'legacy' })
    // Minted: until now, this is what the answer would have brought.
    await vi.waitFor(() => {
      expect(slow?.take()).toEqual([])
      expect(sessionsOf(world)).toBe(0)
    })
  })

  it('is not undone, where the minting had not begun yet', async () => {
    const gate = gateway()
    let asked = 0
    const link = async ({ subject }: { subject: string }): Promise<{ id: string }> => {
      asked++
      if (asked > 1) await gate.promise
      return { id: subject }
    }
    const minted: string[] = []
    const world = createWorld({
      ...AUTOMATIC,
      options: { link },
      minter: (own) => ({
        ...own,
        async mint(request) {
          minted.push(request.principal.id)
          return own.mint(request)
        },
      }),
    })
    await world.join('ada')
    const cookie = `old=${world.old('ada', { sid: 's1' })}`
    const slow = await late(world, cookie)
    await vi.waitFor(() => expect(asked).toBe(2))
    await world.auth.endSession({ method: 'POST', headers: { cookie } })
    gate.resolve()
    // A later exchange of somebody else comes after whatever the first one still does.
    await world.join('bob')
    await world.browser(`old=${world.old('bob', { sid: 's2' })}`)
    expect(minted).toEqual(['bob'])
    expect(slow?.take()).toEqual([])
  })
})

describe('an exchange that joined an automatic one', () => {
  it.each(['renewed', 'written'] as const)(
    'is answered, where a handler has the old cookie %s meanwhile',
    async (why) => {
      const { minter, asked, go } = held()
      const world = createWorld({ ...AUTOMATIC, minter })
      await world.join('ada')
      const cookie = `old=${world.old('ada', { sid: 's1' })}`
      const slow = await late(world, cookie)
      await asked
      const exchanged = world.browser(cookie)
      // Once the exchange is at the minting, it waits for it.
      await vi.waitFor(() => expect(slow?.take()).toEqual([]))
      await new Promise((resolve) => setImmediate(resolve))
      slow?.drop(why)
      go()
      const reply = await exchanged
      expect(said(reply)).toBe('200')
      expect(await world.use({ cookie: reply.cookie })).toBe('better-auth ada')
    },
  )

  it('is over, where a handler cleared the old cookie', async () => {
    const { minter, asked, go } = held()
    const world = createWorld({ ...AUTOMATIC, minter })
    await world.join('ada')
    const cookie = `old=${world.old('ada', { sid: 's1' })}`
    const slow = await late(world, cookie)
    await asked
    const exchanged = world.browser(cookie)
    await new Promise((resolve) => setImmediate(resolve))
    slow?.drop('cleared')
    go()
    expect(said(await exchanged)).toBe('401 credential_revoked')
    await vi.waitFor(() => expect(sessionsOf(world)).toBe(0))
  })

  it('keeps what one tab has, where a handler of another one writes the old cookie anew', async () => {
    const world = createWorld(AUTOMATIC)
    await world.join('ada')
    const cookie = `old=${world.old('ada', { sid: 's1' })}`
    const slow = await late(world, cookie)
    const reply = await world.browser(cookie)
    slow?.drop('renewed')
    expect(await world.use({ cookie: reply.cookie })).toBe('better-auth ada')
  })

  it('is over with the first session, where that was signed out', async () => {
    const world = createWorld()
    await world.join('ada')
    const cookie = `old=${world.old('ada', { sid: 's1' })}`
    const first = await world.browser(cookie)
    await world.auth.signOut({ method: 'POST', headers: { cookie: first.cookie } })
    expect(said(await world.browser(cookie))).toBe('401 credential_revoked')
  })
})
