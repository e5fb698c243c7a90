import type { AuthError, AuthResult, DualAuth, Principal } from '@dualauth/core'
import { within } from '@dualauth/core/adapter'
import type { Family, FamilyAnswer, FamilyOwner } from './families.js'
import { outage, type Rotation } from './rotation.js'

/** How long judging may take. */
export const JUDGE_MS = 5_000

/**
 * Verifies the access token as each request will, so that nobody who may not come in gets tokens.
 * @returns null if it is over.
 */
export async function handOut(rotation: Rotation, id: string, family: Family): Promise<FamilyAnswer | null> {
  const { auth, families, now } = rotation
  const answer = family.answer as FamilyAnswer
  const result = await judged(auth, answer.accessToken, family.heldSince)
  if (result?.ok !== true) {
    if (result?.error.code === 'credential_expired') return null
    if (result?.error.code === 'credential_revoked') await rotation.end(id, family)
    throw result === null
      ? outage(rotation, new Error('the access token was not judged in time'))
      : refused(rotation, result.error)
  }
  const { principal } = result
  const owner = ownerOf(principal)
  if (family.owner !== null && !isSame(family.owner, owner))
    throw outage(rotation, new Error('refreshing tokens gave those of another user'))
  const expiresAt = earlier(answer.expiresAt, principal.expiresAt)
  const given = { ...answer, expiresAt }
  if (family.handedOutAt === null) await families.keep(id, { ...family, answer: given, owner, handedOutAt: now() })
  return given
}

async function judged(auth: DualAuth, accessToken: string, heldSince: number | null): Promise<AuthResult | null> {
  const request = { method: 'GET', headers: { authorization: `Bearer ${accessToken}` } }
  const options = { fresh: true, organization: () => undefined, ...(heldSince !== null && { heldSince }) }
  return within(auth.authenticate(request, options), JUDGE_MS)
}

/** What says something about the account, or the policy. The rest would blame the client for what the provider gave just now. */
const OF_THE_ACCOUNT: readonly string[] = ['credential_revoked', 'credential_not_accepted', 'legacy_retired']

function refused(rotation: Rotation, error: AuthError): AuthError {
  if (error.status === 503) rotation.onError(error.cause ?? error)
  const isAnswer = error.status === 503 || error.status === 429 || error.status === 403
  return isAnswer || OF_THE_ACCOUNT.includes(error.code) ? error : outage(rotation, error)
}

function ownerOf({ verifier, issuer, subject, id, sessionId }: Principal): FamilyOwner {
  return { verifier, issuer, subject, principalId: id, sessionId }
}

function isSame(one: FamilyOwner, other: FamilyOwner): boolean {
  return one.verifier === other.verifier && one.issuer === other.issuer && one.subject === other.subject
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}
