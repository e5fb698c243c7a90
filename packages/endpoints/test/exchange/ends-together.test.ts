import { memoryExchanges } from '@dualauth/core'
import { describe, expect, it } from 'vitest'
import { sharedFeed } from './meanwhile.js'
import { createWorld, everybody, said, share, type World } from './world.js'

const SESSION = { session: 's1', verifier: 'legacy' } as const

async function exchanged(world: World, claims: Record<string, unknown> = { sid: 's1' }) {
  await world.join('ada')
  const old = `old=${world.old('ada', claims)}`
  const reply = await world.browser(old)
  expect([said(reply), await world.use({ cookie: reply.cookie })]).toEqual(['200', 'better-auth ada'])
  return { old, next: reply.cookie }
}

const post = (cookie: string) => ({ method: 'POST', headers: { cookie } })

describe('two sessions of one exchange', () => {
  it.each<[string, (world: World, old: string) => Promise<unknown>]>([
    ['a revocation of the old session', (world) => world.auth.revoke(SESSION)],
    ['a revocation of the old credential', (world, old) => world.auth.revoke({ credential: old.slice(4) })],
    ['a sign-out with the old cookie', (world, old) => world.auth.signOut(post(old))],
    ['an end of the session of the old cookie', (world, old) => world.auth.endSession(post(old))],
  ])('end together, by %s', async (_what, end) => {
    const world = createWorld()
    const { old, next } = await exchanged(world)
    await end(world, old)
    expect(await world.use({ cookie: next })).toBe('credential_revoked')
  })

  it.each<[string, (world: World, cookie: string) => Promise<unknown>]>([
    ['an end of its session', (world, cookie) => world.auth.endSession(post(cookie))],
    ['a sign-out', (world, cookie) => world.auth.signOut(post(cookie))],
  ])('end together, by %s with an old cookie that was renewed since', async (_what, end) => {
    const world = createWorld()
    const { next } = await exchanged(world)
    await end(world, `old=${world.old('ada', { sid: 's1', turn: 2 })}`)
    expect(await world.use({ cookie: next })).toBe('credential_revoked')
  })

  it('end together where the old credential is of no session', async () => {
    const world = createWorld()
    const { old, next } = await exchanged(world, {})
    await world.auth.signOut(post(old))
    expect(await world.use({ cookie: next })).toBe('credential_revoked')
  })

  it('end together, also by a sign-out with the new cookie', async () => {
    const world = createWorld()
    const { old, next } = await exchanged(world)
    await world.auth.signOut(post(next))
    expect([await world.use({ cookie: old }), said(await world.browser(old))]).toEqual([
      'credential_revoked',
      '401 credential_revoked',
    ])
  })

  it('end together at all instances, whichever of them exchanged', async () => {
    const [shared, exchange, revocations] = [share(), { exchanges: memoryExchanges() }, sharedFeed()]
    const options = { options: { revocations }, exchange, shared }
    const [here, there] = [createWorld(options), createWorld(options)]
    const { next } = await exchanged(here)
    await there.auth.revoke(SESSION)
    expect([await here.use({ cookie: next }), await there.use({ cookie: next })]).toEqual([
      'credential_revoked',
      'credential_revoked',
    ])
  })

  it('end together with those that came out of one another', async () => {
    const world = createWorld()
    const { old, next } = await exchanged(world)
    const second = await world.browser(`old=${world.old('ada', { sid: 's1', n: 2 })}`)
    await world.auth.signOut(post(next))
    expect([await world.use({ cookie: old }), await world.use({ cookie: second.cookie })]).toEqual([
      'credential_revoked',
      'credential_revoked',
    ])
  })

  it('leave other sessions of the person, and those of others, alone', async () => {
    const world = createWorld()
    await exchanged(world)
    const phone = await world.browser(`old=${world.old('ada', { sid: 's2' })}`)
    await world.join('bob')
    const bob = await world.browser(`old=${world.old('bob', { sid: 's3' })}`)
    await world.auth.revoke(SESSION)
    expect([await world.use({ cookie: phone.cookie }), await world.use({ cookie: bob.cookie })]).toEqual([
      'better-auth ada',
      'better-auth bob',
    ])
  })

  it('do not end together where the exchange itself ends the old one', async () => {
    const world: World = createWorld({
      exchange: { endOld: () => world.auth.revoke(SESSION) },
      policy: { rollout: everybody(10_000) },
    })
    const { old, next } = await exchanged(world)
    await world.auth.close()
    // As a webhook of the provider does, which announces every session that ended.
    await world.auth.revoke(SESSION)
    expect([await world.use({ cookie: old }), await world.use({ cookie: next })]).toEqual([
      'credential_revoked',
      'better-auth ada',
    ])
  })

  it('are not handed out where nobody can say later that they belong together', async () => {
    const exchanges = { ...memoryExchanges(), relate: () => Promise.reject(new Error('away')) }
    const world = createWorld({ exchange: { exchanges } })
    await world.join('ada')
    expect(said(await world.browser(`old=${world.old('ada')}`))).toBe('503 store_unavailable')
    expect(world.shared.server.tables.session).toHaveLength(0)
  })
})
