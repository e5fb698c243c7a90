import type { Settings } from './options.js'
import type { Tabs } from './tabs.js'
import { withDeadline } from './waiting.js'

/** The endpoint that renews a session. */
export type Kind = 'refresh' | 'exchange'

/** An answer that several calls get, also in other tabs. */
export interface SharedAnswer {
  readonly status: number
  readonly headers: [name: string, value: string][]
  readonly body: string
}

/** What a refresh or an exchange came to. */
export type Outcome =
  | { readonly kind: 'renewed' }
  /** Somebody has to sign in. */
  | { readonly kind: 'ended' }
  /** There is no such endpoint: it says nothing about the session. */
  | { readonly kind: 'absent' }
  /** It cannot be told at the moment, or is refused for another reason; nobody asks again before `until`, in ms since the epoch. */
  | { readonly kind: 'answered'; readonly answer: SharedAnswer; readonly until: number }

/** What is told to other tabs. */
export interface Told {
  readonly renewal: Kind
  readonly outcome: Outcome
}

export interface Renewal {
  /** The moment at which a call is sent; what comes to its end after it counts for the call. */
  mark(): number
  /** One request for all calls that were sent before it ended. Rejects without a network. */
  renew(kind: Kind, mark: number): Promise<Outcome>
  /** Takes what another tab came to. */
  hear(told: Told): void
}

interface RenewalParts {
  readonly settings: Settings
  readonly tabs: Tabs
  /** Of the session: what came of a renewal counts in its own era alone. */
  era(): number
  ask(kind: Kind, signal: AbortSignal): Promise<Outcome>
  onRenewed(): void
}

/** Asks once for any number of calls, in all tabs, and not again while the server wants a pause. */
export function createRenewal({ settings, tabs, era, ask, onRenewed }: RenewalParts): Renewal {
  const { now, timeoutMs } = settings
  // The order of what happens in this tab needs no clock.
  let order = 0
  const last = new Map<Kind, { readonly outcome: Outcome; readonly order: number; readonly era: number }>()
  const flights = new Map<string, Promise<Outcome>>()

  function known(kind: Kind, mark: number): Outcome | null {
    const heard = last.get(kind)
    if (heard?.era !== era()) return null
    const { outcome } = heard
    return mark < heard.order || (outcome.kind === 'answered' && now() < outcome.until) ? outcome : null
  }

  function hear({ renewal, outcome }: Told, of = era()): void {
    last.set(renewal, { outcome, order: ++order, era: of })
  }

  async function run(kind: Kind, mark: number, signal: AbortSignal): Promise<Outcome> {
    return tabs.alone(signal, async (linger) => {
      // Another tab may have done it while this one waited.
      const heard = known(kind, mark)
      if (heard !== null) return heard
      const of = era()
      const outcome = await ask(kind, signal)
      linger()
      hear({ renewal: kind, outcome }, of)
      tabs.tell({ renewal: kind, outcome })
      if (outcome.kind === 'renewed' && of === era()) onRenewed()
      return outcome
    })
  }

  return {
    mark: () => ++order,
    hear: (told) => hear(told),
    async renew(kind, mark) {
      const outcome = known(kind, mark)
      if (outcome !== null) return outcome
      const flight = `${kind} ${era()}`
      const running =
        flights.get(flight) ??
        withDeadline(timeoutMs, (signal) => run(kind, mark, signal)).finally(() => flights.delete(flight))
      flights.set(flight, running)
      return running
    },
  }
}
