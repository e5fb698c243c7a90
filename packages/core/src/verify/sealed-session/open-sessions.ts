import { percentDecode } from '../../http/cookies.js'
import type { AcceptWeakSecret, SecretList } from '../../keys/secrets/secret-list.js'
import { onlyIn } from '../../route/carriers.js'
import type { CookieShape, Presented } from '../../route/shape.js'
import type { HeldSession, OpenVerifier, VerifierContext } from '../../route/verifier.js'
import { acceptanceEnd, untilEnded } from '../acceptance-end.js'
import { endSession, judgeSession, sessionOf } from './judge-session.js'
import type { OpenRefresh } from './renewal.js'
import { createSeal } from './seal.js'
import type { SessionCookieRules } from './session-cookies.js'
import type { RefreshableSession, SealedSession, SessionKind } from './session-kind.js'
import { createSessionSlider } from './slide-session.js'
import { createSessionWriter } from './write-session.js'

export function sessionShape({ name, chunks }: Pick<SessionCookieRules, 'name' | 'chunks'>): CookieShape {
  return { kind: 'cookie', carriage: onlyIn({ cookies: [name] }), chunked: chunks }
}

/** Seals with the newest password. */
export function sealWith(passwords: SecretList): (content: unknown) => Promise<string> {
  return (content) => createSeal(content, passwords.at(0))
}

export interface SessionParts<Session extends SealedSession, Claims> {
  readonly kind: SessionKind<Session, Claims>
  readonly passwords: SecretList
  readonly cookie: Omit<SessionCookieRules, 'maxBytes'>
  readonly refresh: OpenRefresh<Session & RefreshableSession> | null
  readonly acceptWeakSecret: AcceptWeakSecret | undefined
  readonly verifier: string
  readonly clockToleranceSeconds: number
  readonly context: VerifierContext
}

/** Sealed sessions of one instance. */
export interface OpenSessions<Claims> {
  readonly verify: OpenVerifier<Claims>['verify']
  endSession(cookie: Presented): Promise<void>
  sessionOf(cookie: Presented): Promise<HeldSession | null>
  ready(): Promise<unknown>
  close(): void
}

export function openSessions<Session extends SealedSession, Claims>(
  parts: SessionParts<Session, Claims>,
): OpenSessions<Claims> {
  const { passwords, cookie, refresh, acceptWeakSecret, verifier, context } = parts
  passwords.warn(context.emit, verifier)
  const maxBytes = context.maxCredentialBytes ?? Number.POSITIVE_INFINITY
  const rules = { ...cookie, maxBytes }
  const seal = sealWith(passwords)
  const writer = createSessionWriter(rules, seal, parts)
  const slider = createSessionSlider(rules, seal, context.now)
  const judge = { ...parts, writer, slider, chunks: 0 }
  return {
    verify: untilEnded(
      ({ value, chunks = 0 }, demand) => judgeSession({ ...judge, chunks }, percentDecode(value), demand),
      acceptanceEnd(acceptWeakSecret, 'acceptWeakSecret', { verifier, ...context }),
    ),
    endSession: ({ value }) => endSession(judge, percentDecode(value)),
    sessionOf: ({ value }) => sessionOf(judge, percentDecode(value)),
    ready: async () => refresh?.ready(),
    close: () => refresh?.close(),
  }
}
