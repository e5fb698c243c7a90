import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { ask } from './ask.js'
import type { Held, Judge, Revoked } from './judge.js'
import { CALLER } from './proxy.js'

export interface LoadParts {
  /** Of the proxy. */
  readonly url: string
  readonly judge: Judge
  /** Who calls all the time, with what is good. */
  readonly good: readonly Held[]
  /** Headers that must never be let in, by what is wrong with them. */
  readonly bad: Readonly<Record<string, () => Record<string, string>>>
  /** Something good that nobody else uses, to be revoked. */
  fresh(): Held | undefined
}

export interface Load {
  readonly revoked: readonly Revoked[]
  /** Revokes something at an instance, or wherever the proxy leads. */
  revoke(held: Held, at?: string): Promise<Revoked>
  /** While it is on, something is revoked every 50 ms. */
  revoking(isOn: boolean): void
  stop(): Promise<void>
}

/** Credentials of everybody, through the proxy, until it is stopped. */
export function startLoad({ url, judge, good, bad, fresh }: LoadParts): Load {
  const revoked: Revoked[] = []
  const made: Promise<unknown>[] = []
  let isOver = false
  let isRevoking = false

  async function repeat(pauseMs: number, act: () => Promise<void>): Promise<void> {
    while (!isOver) {
      await act()
      await pause(pauseMs * (0.5 + Math.random()))
    }
  }

  async function revoke(held: Held, at: string = url): Promise<Revoked> {
    const credential = held.headers['authorization']?.slice('Bearer '.length) ?? held.headers['cookie']
    const one: Revoked = { held, acknowledgedAt: null, heardBy: new Map() }
    revoked.push(one)
    const { status, pid } = await ask(`${at}/revoke`, {}, { credential })
    if (pid !== 0) one.heardBy.set(pid, Date.now())
    if (status === 204) one.acknowledgedAt = Date.now()
    return one
  }

  const network = (): string => `10.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}.1`
  const running = [
    ...good.map((held, at) =>
      repeat(200, async () =>
        judge.good(held, await ask(`${url}/me`, { ...held.headers, [CALLER]: `192.0.2.${at % 250}` })),
      ),
    ),
    ...Object.entries(bad).map(([kind, headers]) =>
      repeat(40, async () => judge.bad(kind, await ask(`${url}/me`, { ...headers(), [CALLER]: network() }))),
    ),
    // The newest ones, of which not everybody has heard yet, and one of all.
    repeat(20, async () => {
      for (const one of [...revoked.slice(-3), revoked[Math.floor(Math.random() * revoked.length)]])
        if (one !== undefined)
          judge.revoked(one, await ask(`${url}/me`, { ...one.held.headers, [CALLER]: '198.51.100.1' }))
    }),
    repeat(50, async () => {
      const held = isRevoking ? fresh() : undefined
      // Not awaited: while Redis is away, each takes two seconds.
      if (held !== undefined) made.push(revoke(held))
    }),
  ]
  return {
    revoked,
    revoke,
    revoking: (isOn) => void (isRevoking = isOn),
    async stop() {
      isOver = true
      await Promise.all(running)
      await Promise.all(made)
    },
  }
}

/** The head of one genuine token and the body of another one do not fit its signature. */
export function forgedFrom(token: string): string {
  const [head = '', body = '', signature = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object
  const others = Buffer.from(JSON.stringify({ ...claims, jti: randomUUID() })).toString('base64url')
  return [head, others, signature].join('.')
}
