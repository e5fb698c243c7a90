import { rejected, type Verification } from '../../../route/verifier.js'
import { deepFreeze } from '../../../verify/jwt/mapped-claims.js'
import { idIn } from '../../../verify/jwt/mapped-claims.js'
import type { SessionKind } from '../../../verify/sealed-session/session-kind.js'
import type { OidcClaims } from '../claims.js'
import { readOidcSession, slidContent, type OidcSealedSession } from './content.js'
import type { OidcSessionParts } from './session-port.js'

/**
 * An OpenID Connect session is judged by what was verified before it was sealed. With a refresh token, it counts only
 * as long as the access token that came with it; then the provider must confirm that its own session is still alive.
 */
export function oidcKind(
  { verifier, issuer, identity: reader, context }: OidcSessionParts,
  refreshes: boolean,
  idleSeconds: number | null,
): SessionKind<OidcSealedSession, OidcClaims> {
  const seconds = () => context.now() / 1000
  const isConfirmed = ({ refreshToken }: OidcSealedSession) => refreshes && refreshToken !== null
  const endOf = (session: OidcSealedSession) => {
    const end = Math.min(session.endsAt, session.idleUntil ?? Number.POSITIVE_INFINITY)
    return isConfirmed(session) ? Math.min(session.confirmedUntil, end) : end
  }
  const slideAt = ({ idleUntil }: OidcSealedSession) =>
    idleSeconds === null || idleUntil === null ? Number.POSITIVE_INFINITY : idleUntil - idleSeconds / 2
  const refusalOf = (session: OidcSealedSession) =>
    seconds() >= Math.min(session.endsAt, session.idleUntil ?? Number.POSITIVE_INFINITY)
      ? rejected('credential_expired', 'expired')
      : null

  const readIdentity = async (session: OidcSealedSession) => {
    const claims = deepFreeze(session.claims) as OidcClaims
    const subject = idIn(reader.subject.read(claims))
    if (subject === null) return rejected('credential_invalid', 'claims', reader.subject.name)
    const expiresAt = Math.min(session.endsAt, session.idleUntil ?? Number.POSITIVE_INFINITY)
    return reader.read({ issuer, subject, claims, expiresAt })
  }

  return {
    read: (content) => readOidcSession(content, { verifier, issuer }),
    async judge(session): Promise<Verification<OidcClaims>> {
      if (session.unproved !== null) return rejected('credential_invalid', session.unproved)
      const end = endOf(session)
      if (seconds() >= end) return rejected('credential_expired', 'expired')
      const read = await readIdentity(session)
      if (read.outcome !== 'accepted') return read
      const { sessionId } = read.identity
      const identity = {
        ...read.identity,
        // Only a person signs in with an id token.
        kind: 'user' as const,
        sessionId: sessionId ?? session.id,
        issuedAt: session.begunAt,
        signInBegunAt: session.signInBegunAt,
      }
      return { outcome: 'accepted', identity, remember: { until: end * 1000 } }
    },
    lifeOf: (session) => ({ since: session.confirmedAt, end: endOf(session), slideAt: slideAt(session) }),
    async sessionOf(session) {
      const read = await readIdentity(session)
      const { signInBegunAt } = session
      if (read.outcome !== 'accepted') return { sessionId: session.id, signInBegunAt }
      const { subject, sessionId } = read.identity
      return { sessionId: sessionId ?? session.id, issuer, subject, signInBegunAt }
    },
    issuedAtOf: ({ begunAt }) => begunAt,
    refusalOf,
    isSameUser: (before, after) => before.id === after.id && before.claims['sub'] === after.claims['sub'],
    unreadable: 'the answer was sealed for another verifier',
    slide: {
      keyOf: ({ id }) => id,
      contentOf: (session) =>
        idleSeconds !== null && refusalOf(session) === null && seconds() >= slideAt(session)
          ? slidContent(session, idleSeconds, Math.floor(seconds()))
          : null,
    },
  }
}
