import { describe, expect, it } from 'vitest'
import { revocationOf, type RevokeInput } from '../../src/cache/revocation-of.js'
import type { Revocation } from '../../src/cache/revocations.js'
import { createRevoker, type RevocationFeed } from '../../src/cache/revoker.js'
import type { AuthEvent } from '../../src/index.js'
import { ada, NOW, open, spellings } from './opened.js'

describe('a revoker', () => {
  const start = (feed?: RevocationFeed) => {
    const events: AuthEvent[] = []
    const revocations = open()
    const emit = (event: unknown): void => void events.push(event as AuthEvent)
    return {
      events,
      revocations,
      revoker: createRevoker({
        ...spellings,
        revocations,
        feed,
        emit,
        now: () => NOW,
        relatedTo: async () => [],
        sessionsOf: async () => [],
        takeLate: () => [],
      }),
    }
  }

  it.each<[RevokeInput, object]>([
    [{ principal: 'ada' }, { kind: 'principal', verifier: null, principalId: 'ada' }],
    [{ verifier: 'v' }, { kind: 'verifier', verifier: 'v', principalId: null }],
    [
      { session: 's', verifier: 'v' },
      { kind: 'session', verifier: 'v', principalId: null },
    ],
    [{ credential: 'a-credential' }, { kind: 'credential', verifier: null, principalId: null }],
  ])('applies %j here and publishes it, and says so', async (input, event) => {
    const published: Revocation[] = []
    const { events, revocations, revoker } = start({
      publish: (revocation) => void published.push(revocation),
      subscribe: () => () => {},
    })
    await revoker.revoke(input)
    expect(await revocations.covers({ ...ada, issuedAt: null })).toBe(true)
    expect(published).toEqual([await revocationOf(input, spellings, NOW)])
    expect(events).toEqual([{ type: 'revoked', source: 'revoke', ...event }])
  })

  it('applies here also where the feed cannot publish, and rejects', async () => {
    const down = new Error('down')
    const { revocations, revoker } = start({ publish: () => Promise.reject(down), subscribe: () => () => {} })
    await expect(revoker.revoke({ principal: 'ada' })).rejects.toMatchObject({
      code: 'store_unavailable',
      status: 503,
      cause: down,
    })
    expect(await revocations.covers({ ...ada, issuedAt: null })).toBe(true)
  })

  it('needs no feed', async () => {
    const { revoker, revocations } = start()
    await revoker.ready()
    await revoker.revoke({ principal: 'ada' })
    expect(revocations.isEmpty).toBe(false)
    await expect(revoker.close()).resolves.toBeUndefined()
  })

  it('applies what other instances published, and reports what is no revocation', async () => {
    let apply: (revocation: unknown) => void = () => {}
    const { events, revocations, revoker } = start({
      publish: () => {},
      subscribe: (given) => {
        apply = given
        return () => {}
      },
    })
    await revoker.ready()
    apply({ kind: 'principal', id: 'ada', issuedBefore: NOW })
    expect(await revocations.covers({ ...ada, issuedAt: null })).toBe(true)
    apply({ kind: 'nonsense' })
    expect(events).toEqual([
      { type: 'revoked', source: 'feed', kind: 'principal', verifier: null, principalId: 'ada' },
      { type: 'unavailable', source: 'revocations', cause: expect.any(Error) as Error },
    ])
    expect((events[1] as { cause: Error }).cause.message).toMatch(/\w/)
  })

  it('subscribes once, and again only after it failed', async () => {
    let calls = 0
    const down = new Error('down')
    const { events, revoker } = start({
      publish: () => {},
      subscribe: () => {
        if (++calls === 1) throw down
        return () => {}
      },
    })
    await expect(revoker.ready()).rejects.toBe(down)
    expect(events).toEqual([{ type: 'unavailable', source: 'revocations', cause: down }])
    await revoker.ready()
    await revoker.ready()
    expect(calls).toBe(2)
    expect(events).toHaveLength(1)
  })

  it('is ready only while its feed is, and says that the feed was interrupted', async () => {
    const lost = new Error('connect ECONNREFUSED')
    let interrupt: (cause: unknown) => void = () => {}
    let outage: Error | null = null
    const { events, revoker } = start({
      publish: () => {},
      subscribe: (_apply, interrupted = interrupt) => {
        interrupt = interrupted
        return () => {}
      },
      ready: async () => {
        if (outage !== null) throw outage
      },
    })
    await revoker.ready()
    outage = lost
    interrupt(lost)
    await expect(revoker.ready()).rejects.toBe(lost)
    expect(events).toEqual([{ type: 'unavailable', source: 'revocations', cause: lost }])
    outage = null
    await revoker.ready()
  })

  it('stops its subscription when it is closed, and closes quietly where there is none', async () => {
    let stopped = 0
    await start({ publish: () => {}, subscribe: async () => () => void stopped++ }).revoker.close()
    expect(stopped).toBe(1)
    const failing = start({ publish: () => {}, subscribe: () => Promise.reject(new Error('down')) }).revoker
    await expect(failing.close()).resolves.toBeUndefined()
    await expect(failing.ready()).rejects.toThrow()
    await expect(failing.close()).resolves.toBeUndefined()
  })

  it('closes only its own part of a feed that it could not subscribe', async () => {
    const asked: unknown[] = []
    const closed: unknown[] = []
    const { revoker } = start({
      publish: () => {},
      subscribe(apply) {
        asked.push(apply)
        throw new Error('down')
      },
      close: (apply) => void closed.push(apply),
    })
    await revoker.close()
    expect(closed).toEqual(asked)
    expect(closed).toEqual([expect.any(Function)])
  })
})
