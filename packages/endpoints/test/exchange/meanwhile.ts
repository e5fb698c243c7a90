import type { AuthRequest, RevocationFeed, SessionMinter } from '@dualauth/core'
import type { World } from './world.js'

type Guard = World['auth']['guard']
type Kept = Parameters<NonNullable<Parameters<Guard>[0]['keep']>>[0][number]
type Late = Extract<Kept, { take(): unknown }>

export const AUTOMATIC = { stage: 'prefer-new', exchange: { automatic: true } } as const

export function gateway(): { readonly promise: Promise<void>; resolve(): void } {
  let open = (): void => {}
  const promise = new Promise<void>((resolve) => {
    open = resolve
  })
  return { promise, resolve: () => open() }
}

/** A minter that has minted, and answers once it may. */
export function held(): {
  readonly minter: (own: SessionMinter) => SessionMinter
  readonly asked: Promise<void>
  go(): void
} {
  const asked = gateway()
  const gate = gateway()
  return {
    minter: (own) => ({
      ...own,
      async mint(request) {
        const minted = await own.mint(request)
        asked.resolve()
        await gate.promise
        return minted
      },
    }),
    asked: asked.promise,
    go: () => gate.resolve(),
  }
}

/** What the answer to a request of a browser may bring along. */
export async function late(world: World, cookie: string, headers: Record<string, string> = {}): Promise<Late | null> {
  const kept: Kept[] = []
  const request: AuthRequest = { method: 'GET', headers: { cookie, ...headers } }
  await world.auth.guard(
    { request, native: null, memo: {}, keep: (cookies) => void kept.push(...cookies) } as Parameters<Guard>[0],
    { kind: 'authenticated', checks: [] } as Parameters<Guard>[1],
  )
  return kept.find((one): one is Late => 'take' in one) ?? null
}

export function sharedFeed(): RevocationFeed {
  const listeners: ((revocation: unknown) => void)[] = []
  return {
    publish: (revocation) => listeners.forEach((listener) => listener(revocation)),
    subscribe(listener) {
      listeners.push(listener)
      return () => {}
    },
  }
}

export const sessionsOf = (world: World): number => world.shared.server.tables.session.length
