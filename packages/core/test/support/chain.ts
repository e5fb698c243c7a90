import {
  createDualAuth,
  type Account,
  type AuthEvent,
  type DualAuth,
  type DualAuthOptions,
  type MigrationOptions,
  type PolicyDocument,
  type Rememberable,
  type Sighting,
  type Verification,
  type Verifier,
} from '../../src/index.js'
import { createClock } from './clock.js'
import { identity } from './verifiers.js'

/** Verifiers that share a shape, asked one after the other, in the middle of one move or of several. */
export interface Chain {
  readonly auth: DualAuth
  /** Names, in the order of their asking. */
  readonly asked: string[]
  /** Names of verifiers that cannot tell. */
  readonly down: Set<string>
  readonly events: readonly AuthEvent[]
  readonly sightings: readonly Sighting[]
  /** Publishes the next version of a move's policy. */
  publish(policy: Omit<PolicyDocument, 'version'>, move?: string): void
}

export interface ChainOptions {
  /** By verifier, in the order of their precedence: the credentials that it knows. */
  readonly knows: Readonly<Record<string, readonly string[]>>
  readonly moves: readonly (Pick<MigrationOptions, 'name' | 'from' | 'to'> & {
    readonly policy: Omit<PolicyDocument, 'version'>
  })[]
  readonly link?: (verifier: string, subject: string) => Account | null
  readonly more?: Partial<DualAuthOptions>
  /** The name of one that has another shape, and so stands in no chain. */
  readonly apart?: string
}

/** What a verifier says of a credential that it does not know is `not-mine`; each credential is its own account. */
export function createChain({ knows, moves, link, more = {}, apart }: ChainOptions): Chain {
  const { now } = createClock()
  const asked: string[] = []
  const events: AuthEvent[] = []
  const sightings: Sighting[] = []
  const down = new Set<string>()
  const sources = moves.map(({ policy }) => createSource(policy))
  const remember: Rememberable = { until: now() + 60_000 }
  const verifiers = Object.entries(knows).map(([name, known]): Verifier => ({
    name,
    chained: name !== apart,
    shapes: [
      {
        kind: 'prefix',
        carriage: { bearer: true, headers: ['x-api-key'], cookies: [] },
        prefix: name === apart ? 'apart_' : 'k_',
        minLength: 0,
        maxLength: 99,
      },
      { kind: 'cookie', carriage: { bearer: false, headers: [], cookies: [name === apart ? 'apart' : 'k'] } },
    ],
    open: () => ({
      async verify({ value }): Promise<Verification> {
        asked.push(name)
        if (down.has(name)) throw new Error(`${name} is down`)
        return known.includes(value)
          ? { outcome: 'accepted', identity: identity(value, { issuer: name }), remember }
          : { outcome: 'not-mine' }
      },
      ready: async () => {
        asked.push(`${name} is ready`)
      },
      close: () => {},
    }),
  }))
  const auth = createDualAuth({
    verifiers,
    precedence: verifiers.map(({ name }) => name),
    link: ({ verifier, subject }) => (link === undefined ? { id: subject } : link(verifier, subject)),
    migration: moves.map(({ name, from, to }, place) => ({
      ...(name !== undefined && { name }),
      from,
      to,
      policy: (sources[place] as Source).source,
      evidence: { write: (added: readonly Sighting[]) => void sightings.push(...added) },
    })),
    trustedOrigins: [],
    now,
    onEvent: (event) => void events.push(event),
    ...more,
  }) as unknown as DualAuth
  return {
    auth,
    asked,
    down,
    events,
    sightings,
    publish: (policy, move) =>
      sources[moves.findIndex(({ name }) => move === undefined || name === move)]?.publish(policy),
  }
}

type Source = ReturnType<typeof createSource>

function createSource(first: Omit<PolicyDocument, 'version'>) {
  let document: PolicyDocument = { ...first, version: 1 }
  let changed = (): void => {}
  return {
    source: {
      load: () => ({ document }),
      watch(listener: () => void) {
        changed = listener
        return () => {}
      },
    },
    publish(next: Omit<PolicyDocument, 'version'>) {
      document = { ...next, version: document.version + 1 }
      changed()
    },
  }
}
