import type { VerifiedIdentity } from '../route/verifier.js'

/** What every verifier states. Fields that a kind of credential does not have are left out. */
export type StatedIdentity<Claims> = Pick<VerifiedIdentity<Claims>, 'issuer' | 'subject' | 'claims'> &
  Partial<VerifiedIdentity<Claims>>

const NONE: readonly string[] = /* @__PURE__ */ Object.freeze([])

/** Fills in defaults for what a verifier proved: a user without grants, limits or expiry. */
export function identityOf<Claims>({
  issuer,
  subject,
  kind = 'user',
  claims,
  organization = null,
  roles = NONE,
  permissions = NONE,
  scopes = null,
  sessionId = null,
  keyId = null,
  email = null,
  expiresAt = null,
  issuedAt = null,
  signInBegunAt = null,
  impersonator = null,
  secretIndex = null,
}: StatedIdentity<Claims>): Required<Omit<VerifiedIdentity<Claims>, 'ownPermissions' | 'ownSubject' | 'contact'>> {
  return {
    issuer,
    subject,
    kind,
    claims,
    organization,
    roles,
    permissions,
    scopes,
    sessionId,
    keyId,
    email,
    expiresAt,
    issuedAt,
    signInBegunAt,
    impersonator,
    secretIndex,
  }
}
