import { own } from '../../../settings/own.js'
import { rejected } from '../../../route/verifier.js'
import { expiryOf, issuedAtOf } from '../../../verify/jwt/registered-claims.js'
import type { SessionKind } from '../../../verify/sealed-session/session-kind.js'
import type { WorkosClaims, WorkosSessionParts } from '../access-token/options.js'
import { sessionIdIn } from '../access-token/session-id.js'
import { contactOf, readSession, type WorkosSealedSession } from './session-content.js'

/**
 * A WorkOS session is judged by its access token. The identity comes only from the token: the user beside it is a
 * snapshot that proves nothing.
 */
export function workosKind({
  judge,
  issuers,
}: Pick<WorkosSessionParts, 'judge' | 'issuers'>): SessionKind<WorkosSealedSession, WorkosClaims> {
  return {
    read: readSession,
    async judge(session) {
      const verdict = await judge(session.accessToken)
      if (verdict.outcome !== 'accepted') return verdict
      const { identity } = verdict
      const contact = contactOf(session, identity.subject)
      if (contact === null) return verdict
      return { ...verdict, identity: { ...identity, email: identity.email ?? contact.email, contact } }
    },
    lifeOf({ accessToken }) {
      const issuedAt = own(accessToken.claims, 'iat')
      return { since: typeof issuedAt === 'number' ? issuedAt : null, end: expiryOf(accessToken, null) ?? 0 }
    },
    // WorkOS ends the session with a sign-out, and its access token proves no sign-in.
    sessionOf({ accessToken }) {
      const sessionId = sessionIdIn(accessToken.claims)
      return sessionId === null ? null : { sessionId, signInBegunAt: null }
    },
    issuedAtOf: ({ accessToken }) => issuedAtOf(accessToken),
    refusalOf: ({ accessToken }) =>
      issuers.includes(own(accessToken.claims, 'iss') as string) ? null : rejected('credential_invalid', 'issuer'),
    isSameUser: (before, after) => own(before.accessToken.claims, 'sub') === own(after.accessToken.claims, 'sub'),
    unreadable: 'refreshing it gave no JWT',
  }
}
