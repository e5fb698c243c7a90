import type { StoreAbout } from '../../../route/about.js'
import type { VerifierContext } from '../../../route/verifier.js'
import type { OpenRefresh } from '../../../verify/sealed-session/renewal.js'
import type { RefreshableSession } from '../../../verify/sealed-session/session-kind.js'
import type { WorkosSealedSession } from '../session/session-content.js'

/** Refreshes sealed sessions, as created by `workosRefresh`. */
export interface WorkosRefresh {
  /** The description of its store. */
  readonly about: StoreAbout | null
  open(parts: RefreshParts): OpenRefresh<RefreshableWorkosSession>
}

/** What sealed sessions provide for their refresh. */
export interface RefreshParts {
  readonly verifier: string
  readonly clientId: string
  readonly apiUrl: string
  readonly context: VerifierContext
  /** Seals with the newest password. */
  seal(content: unknown): Promise<string>
}

export type RefreshableWorkosSession = WorkosSealedSession & RefreshableSession
