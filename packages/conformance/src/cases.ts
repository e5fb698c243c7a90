import type { AppName, Differences } from './adapter-under-test.js'
import { announcingCases } from './cases/announcing.js'
import { answerCases } from './cases/answers.js'
import { appCases } from './cases/apps.js'
import { authJsCases } from './cases/auth-js.js'
import { carryingCases } from './cases/carrying.js'
import { credentialCases } from './cases/credentials.js'
import { expressSessionCases } from './cases/express-sessions.js'
import { guardCases } from './cases/guards.js'
import { ironSessionCases } from './cases/iron-sessions.js'
import { mountedCases } from './cases/mounted.js'
import { oidcSessionCases } from './cases/oidc-sessions.js'
import { oldSessionCases } from './cases/old-sessions.js'
import { sessionCases } from './cases/sessions.js'
import { shadowingCases } from './cases/shadowing.js'
import { signingCases } from './cases/signing.js'
import { steeringCases } from './cases/steering.js'
import { storedSessionCases } from './cases/stored-sessions.js'
import { throttlingCases } from './cases/throttling.js'
import { transportCases } from './cases/transport.js'
import type { Call, Reply } from './http-client.js'
import type { Subject } from './subject.js'
import type { MountedWeb } from './web-handler.js'
import type { OidcInPlay } from './oidc.js'
import type { OldSessions } from './old-sessions.js'
import type { WorkosInPlay } from './workos.js'

/** One promise of the adapters, as a caller would say it. */
export interface Case {
  readonly name: string
  readonly app: AppName
  /** Runs with a WorkOS, whose sessions the app accepts too. */
  readonly withWorkos?: true
  /** With an OpenID provider, and a verifier that keeps its sessions. */
  readonly withOidc?: true
  /** With sessions that other systems made: Auth.js, express-session, iron-session, and a store of the team's own. */
  readonly withOldSessions?: { readonly rememberMs?: number }
  /** Runs in the middle of a move from `legacy` to `session`, which begins at `off`. */
  readonly withMigration?: true
  /** Behind one proxy, which lists addresses in `x-forwarded-for`, and with small limits on failures. */
  readonly withThrottle?: true
  /** Throws when the promise is broken. */
  check(context: CaseContext): Promise<void>
}

export interface CaseContext {
  readonly subject: Subject
  readonly origin: string
  call(call: Call): Promise<Reply>
  readonly differences: Differences
  /** Null where the case did not ask for it. */
  readonly workos: WorkosInPlay | null
  readonly oidc: OidcInPlay | null
  readonly old: OldSessions | null
  /** How often the handler of /everything ran. */
  handled(): number
  /** What apps mount. */
  readonly web: MountedWeb
}

export const CASES: readonly Case[] = [
  ...credentialCases,
  ...transportCases,
  ...guardCases,
  ...answerCases,
  ...sessionCases,
  ...oidcSessionCases,
  ...oldSessionCases,
  ...authJsCases,
  ...storedSessionCases,
  ...expressSessionCases,
  ...ironSessionCases,
  ...appCases,
  ...mountedCases,
  ...steeringCases,
  ...announcingCases,
  ...shadowingCases,
  ...carryingCases,
  ...signingCases,
  ...throttlingCases,
]
