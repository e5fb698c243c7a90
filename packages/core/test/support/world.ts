import {
  apiKeys,
  betterAuth,
  createDualAuth,
  legacyJwt,
  memoryApiKeys,
  workos,
  type AuthEvent,
  type DualAuth,
  type DualAuthOptions,
  type FoundSession,
  type MemoryApiKeyStore,
} from '../../src/index.js'
import { createClock, seconds, type Clock } from './clock.js'
import { startKeySetServer, type KeySetServer } from './key-set-server.js'
import { legacyOptions } from './legacy.js'
import { SESSION_SECRET } from './sessions.js'
import { mint, rsaPair, type Pair } from './tokens.js'

export const CLIENT_ID = 'client_01TEST'

/** Four credential systems before one API, as in the middle of a migration. */
export interface World {
  readonly auth: DualAuth
  readonly clock: Clock
  readonly events: AuthEvent[]
  readonly keySet: KeySetServer
  readonly pair: Pair
  /** Sessions of the Better Auth side by token; `throws` makes the store fail. */
  readonly sessions: Map<string, FoundSession>
  readonly store: MemoryApiKeyStore
  readonly down: Set<'sessions' | 'store' | 'link'>
  workosToken(claims?: Record<string, unknown>, header?: Record<string, unknown>): string
  close(): Promise<void>
}

const pair: Pair = rsaPair()

export async function createWorld(options: Partial<DualAuthOptions> = {}): Promise<World> {
  const keySet = await startKeySetServer([{ ...pair.jwk, kid: 'k1', alg: 'RS256', use: 'sig' }])
  const clock = createClock()
  const events: AuthEvent[] = []
  const sessions = new Map<string, FoundSession>()
  const store = memoryApiKeys()
  const down = new Set<'sessions' | 'store' | 'link'>()
  const up = <T>(part: 'sessions' | 'store' | 'link', value: () => T): T => {
    if (down.has(part)) throw new Error(`${part} is down`)
    return value()
  }
  const auth = createDualAuth({
    verifiers: [
      legacyJwt(legacyOptions({ carriers: ['bearer', { cookie: 'legacy_token' }] })),
      betterAuth({
        name: 'better-auth',
        secrets: [SESSION_SECRET],
        sessions: (token) => up('sessions', () => sessions.get(token) ?? null),
      }),
      workos({ name: 'workos', clientId: CLIENT_ID, apiUrl: keySet.origin }),
      apiKeys({
        name: 'api-key',
        prefix: 'sk_live_',
        keys: { findByHash: (hash) => up('store', () => store.findByHash(hash)) },
      }),
    ],
    // The same person everywhere: what stands after the last dash names the account.
    link: ({ subject }) => up('link', () => ({ id: `user-${subject.split('-').at(-1)}` })),
    access: { roles: { editor: ['things:read', 'things:write'] } },
    now: clock.now,
    onEvent: (event: AuthEvent) => void events.push(event),
    ...options,
  } as DualAuthOptions)
  return {
    auth,
    clock,
    events,
    keySet,
    pair,
    sessions,
    store,
    down,
    workosToken: (claims = {}, header = {}) =>
      mint({
        algorithm: 'RS256',
        key: pair.privateKey,
        header: { alg: 'RS256', kid: 'k1', ...header },
        claims: {
          iss: `${keySet.origin}/user_management/${CLIENT_ID}`,
          sub: 'user_01-7',
          sid: 'session_01',
          jti: 'j1',
          iat: seconds(-10),
          exp: seconds(290),
          ...claims,
        },
      }),
    close: async () => {
      await auth.close()
      await keySet.close()
    },
  }
}
