import {
  betterAuth,
  createDualAuth,
  legacyJwt,
  type Account,
  type AuthEvent,
  type DualAuth,
  type DualAuthOptions,
  type MigrationOptions,
  type PolicyDocument,
  type PolicySource,
  type Sighting,
  type Heartbeat,
  type Stage,
} from '../../src/index.js'
import { createClock, type Clock } from './clock.js'
import { legacyOptions } from './legacy.js'
import { found, SESSION_SECRET, sessionToken, signedCookie } from './sessions.js'
import { legacyClaims, mint } from './tokens.js'

type Verifiers = 'legacy' | 'better-auth'

/** One API in the middle of a move from home-grown JWTs to Better Auth, with a policy that a test changes while it runs. */
export interface Move {
  readonly auth: DualAuth
  readonly clock: Clock
  readonly events: readonly AuthEvent[]
  readonly sightings: readonly Sighting[]
  readonly heartbeats: readonly Heartbeat[]
  /** How often the new side's sessions were asked, and `link`. */
  readonly asked: { sessions: number; link: number }
  /** Publishes the next version. */
  publish(policy: Omit<PolicyDocument, 'version'>): Promise<void>
  /** What the source brings from now on; a function is called. */
  source(load: () => unknown): void
}

export interface MoveOptions extends Partial<Omit<MigrationOptions<Verifiers>, 'policy'>> {
  readonly policy?: PolicySource | PolicyDocument
  readonly stage?: Stage
  /** Of an account, by its id; default none. */
  readonly organizations?: Readonly<Record<string, string>>
  /** The rest of an account, by its id; default nothing. */
  readonly accounts?: Readonly<Record<string, Partial<Account>>>
  readonly access?: DualAuthOptions['access']
}

/** A document of the first version at a stage. */
export function atStage(stage: Stage, more: Partial<PolicyDocument> = {}): PolicyDocument {
  return { version: 1, stage, ...more }
}

export function createMove({
  stage = 'dual',
  policy,
  organizations = {},
  accounts = {},
  access = {},
  ...options
}: MoveOptions = {}): Move {
  const clock = createClock()
  const events: AuthEvent[] = []
  const sightings: Sighting[] = []
  const heartbeats: Heartbeat[] = []
  const asked = { sessions: 0, link: 0 }
  let version = 1
  let load: () => unknown = () => atStage(stage)
  let changed = (): void => {}
  const source: PolicySource = {
    load: () => ({ document: load() }),
    watch(listener) {
      changed = listener
      return () => {}
    },
  }
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({ ...legacyOptions({ carriers: ['bearer', { cookie: 'token' }] }), name: 'legacy' }),
      betterAuth({
        name: 'better-auth',
        secrets: [SESSION_SECRET],
        sessions: (token) => {
          asked.sessions++
          return found(token.replace(/0+$/, ''))
        },
        bearer: 'signed-or-raw',
      }),
    ],
    link: ({ subject }) => {
      asked.link++
      return subject === 'nobody'
        ? null
        : { id: subject, organization: organizations[subject] ?? null, ...accounts[subject] }
    },
    access,
    migration: {
      from: ['legacy'],
      to: 'better-auth',
      policy: policy ?? source,
      evidence: {
        write(added, beat) {
          sightings.push(...added)
          heartbeats.push(beat)
        },
      },
      ...options,
    } as MigrationOptions<'legacy' | 'better-auth'>,
    now: clock.now,
    onEvent: (event) => events.push(event),
  }) as unknown as DualAuth
  return {
    auth,
    clock,
    events,
    sightings,
    heartbeats,
    asked,
    async publish(next) {
      version++
      const document = { ...next, version }
      load = () => document
      changed()
      await Promise.resolve()
    },
    source(next) {
      load = next
      changed()
    },
  }
}

/** A token of the old side for an account. */
export function oldToken(id: string, claims: Record<string, unknown> = {}): string {
  return mint({ claims: legacyClaims({ userId: id, ...claims }) })
}

/** A session cookie of the new side for an account. */
export function newCookie(id: string): readonly [name: string, value: string] {
  return ['better-auth.session_token', signedCookie(sessionToken(id))]
}

/** The same in a cookie of the old side. */
export function oldCookie(id: string, claims: Record<string, unknown> = {}): readonly [name: string, value: string] {
  return ['token', oldToken(id, claims)]
}
