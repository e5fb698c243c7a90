import { setTimeout as pause } from 'node:timers/promises'

/** What somebody holds, and keeps using until it is refused for good. */
interface Held {
  readonly side: 'old' | 'new'
  readonly headers: Readonly<Record<string, string>>
}

/** Stages in the order in which they were published. */
export interface Published {
  readonly stage: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What callers have seen. */
export interface Tally {
  answers: number
  unavailable: number
  /** 401 that no policy of the last second explains. */
  involuntary: string[]
  wrongPrincipals: number
  /** By person: `old accepted`, `old refused`, `new accepted`. */
  readonly seen: Map<string, Set<string>>
}

export interface CallerParts {
  readonly urls: readonly string[]
  readonly published: readonly Published[]
  /** Signs in on the side that the API names. */
  signIn(user: string, side: 'old' | 'new'): Promise<Held['headers']>
}

export interface Callers {
  readonly tally: Tally
  /** Whoever was refused as retired, or is chosen by `share`, signs in again. */
  signInAgain(share: number): Promise<void>
  stop(): Promise<void>
}

/** How long after a new policy an instance may still follow the one before. */
const FOLLOWS_MS = 1_000

export async function startCallers(
  users: readonly string[],
  { urls, published, signIn }: CallerParts,
): Promise<Callers> {
  const tally: Tally = { answers: 0, unavailable: 0, involuntary: [], wrongPrincipals: 0, seen: new Map() }
  const held = new Map<string, Held>()
  const retired = new Set<string>()
  let isOver = false
  const anyUrl = (): string => urls[Math.floor(Math.random() * urls.length)] as string

  async function begin(user: string): Promise<void> {
    const response = await fetch(`${anyUrl()}/issuer/${user}`)
    const { side } = (await response.json()) as { side: 'old' | 'new' }
    held.set(user, { side, headers: await signIn(user, side) })
    retired.delete(user)
  }

  async function call(user: string): Promise<void> {
    const { side, headers } = held.get(user) as Held
    const sentAt = Date.now()
    const response = await fetch(`${anyUrl()}/me`, { headers })
    const body = (await response.json()) as { id?: string; code?: string }
    tally.answers++
    if (response.status === 503) return void tally.unavailable++
    const outcome = response.status === 200 ? 'accepted' : 'refused'
    note(tally.seen, user, `${side} ${outcome}`)
    if (response.status === 200) tally.wrongPrincipals += body.id === user ? 0 : 1
    else if (isExplained(side, sentAt)) retired.add(user)
    else tally.involuntary.push(`${side} ${response.status} ${body.code}`)
  }

  /** By a stage that held at some moment since a second before the call. */
  function isExplained(side: Held['side'], sentAt: number): boolean {
    const stages = published.filter((_, place) => (published[place + 1]?.at ?? Infinity) >= sentAt - FOLLOWS_MS)
    return side === 'old' && stages.some(({ stage }) => stage === 'new-only' || stage === 'retired')
  }

  await Promise.all(users.map(begin))
  const running = users.map(async (user) => {
    while (!isOver) {
      await call(user)
      await pause(50 + Math.random() * 100)
    }
  })
  return {
    tally,
    async signInAgain(share) {
      await Promise.all(users.filter((user) => retired.has(user) || Math.random() < share).map(begin))
    },
    async stop() {
      isOver = true
      await Promise.all(running)
    },
  }
}

function note(seen: Map<string, Set<string>>, user: string, what: string): void {
  const known = seen.get(user)
  if (known === undefined) seen.set(user, new Set([what]))
  else known.add(what)
}
