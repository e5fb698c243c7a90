import type { Settings } from './options.js'
import type { Kind, Outcome } from './renewal.js'
import type { Tabs } from './tabs.js'
import type { TokenAnswer } from './tokens/tokens.js'

/** How a session travels: as a cookie, or as tokens. */
export interface Session {
  /** Changes when somebody signs in or out here; a call belongs to the one it began in. */
  era(): number
  /** What a call carries. */
  dress(): Promise<Dressed>
  renew(kind: Kind, mark: number): Promise<Outcome>
  /** The moment of which `renew` is asked without a call. */
  mark(): number
  /** The server says that it is over. */
  drop(): Promise<void>
  /**
   * Where the browser goes on at the provider; null: nowhere.
   *
   * @throws {ClientError} It could not be ended.
   */
  signOut(): Promise<string | null>
  setTokens(answer: TokenAnswer): Promise<void>
}

export interface SessionParts {
  readonly settings: Settings
  readonly tabs: Tabs
  onRenewed(): void
}

/** How tokens are stored: `memoryTokens()` or `storedTokens(storage)`. */
export interface TokenMode {
  /** Whether another process may hold the same ones. */
  readonly isStored: boolean
  /** For `createClient` alone. */
  open(parts: SessionParts): Session
}

export interface Dressed {
  readonly credentials: RequestCredentials
  readonly authorization: string | null
  readonly mark: number
  /** The era in which its credentials were chosen. */
  readonly era: number
  /** What is already known of the call's end, and spares it: the session cannot be renewed. */
  readonly outcome: Outcome | null
}
