import * as z from 'zod/mini'
import type { JsonObject } from '../../route/jwt.js'
import { rejected, type Rejected, type VerifiedIdentity } from '../../route/verifier.js'
import { claimReader, claimSource, UNREADABLE, type ClaimSource } from '../../settings/claim-source.js'
import { object } from '../../settings/schemas.js'
import { toMilliseconds } from '../../sql/column-values.js'
import { signInMoment } from '../sign-in-moment.js'
import { actorOf, UNKNOWN_ACTOR } from '../oauth/actor.js'
import { idIn, namesIn, statedIn, textIn } from './mapped-claims.js'

/**
 * Where an app's own claims contain the data of a principal. Each is a name, a path or a function; see `ClaimSource`.
 */
export interface MappedClaimNames {
  /** Default `sub`. A string or a safe integer. */
  readonly subject?: ClaimSource
  /** A string or a list of strings. Default `roles`. */
  readonly roles?: ClaimSource
  /** A list of strings, or a string separated by spaces. Default `permissions`. */
  readonly permissions?: ClaimSource
  /** A string or a safe integer. Default: none is read. */
  readonly organization?: ClaimSource
  /** A string or a safe integer. Default `sid`. */
  readonly sessionId?: ClaimSource
  /** Default `email`. Exposed as `principal.email`; never used to find an account. */
  readonly email?: ClaimSource
  /**
   * Who acts as the subject, such as `impersonatedBy`. A string or a safe integer. An absent claim, null, false or
   * empty text means nobody; anything else means somebody unknown. Default: only `sub` of `act` (RFC 8693), which is
   * also read if this claim means nobody.
   */
  readonly impersonator?: ClaimSource
}

const name = z.exactOptional(claimSource)

/** For schemas of options. */
export const mappedClaims: z.ZodMiniType<MappedClaimNames> = object({
  subject: name,
  roles: name,
  permissions: name,
  organization: name,
  sessionId: name,
  email: name,
  impersonator: name,
})

/** Whose claims they are, and the organization acted for. */
export type MappedCaller = Pick<VerifiedIdentity, 'subject' | 'organization'>
/** What else the claims state. */
export type MappedStatements = Pick<VerifiedIdentity, 'roles' | 'permissions' | 'sessionId' | 'email' | 'impersonator'>

/** The sources at work. */
export interface ClaimMapping {
  /** Rejected if the subject is missing, or the organization is present but unreadable. */
  callerIn(claims: JsonObject): MappedCaller | Rejected
  /** Whether there is no subject, as in a session that nobody has signed in to. */
  isAnonymous(claims: JsonObject): boolean
  statementsIn(claims: JsonObject): MappedStatements
}

/**
 * @param owner For messages, such as `legacyJwt(legacy)`.
 * @throws {AuthError} `configuration_invalid`, naming the option.
 */
export function claimMapping(names: MappedClaimNames, owner: string): ClaimMapping {
  const reader = (name: keyof MappedClaimNames, usual: ClaimSource) =>
    claimReader(names[name] ?? usual, `${owner}.claims.${name}`)
  const subjects = reader('subject', 'sub')
  const organizations = names.organization === undefined ? null : reader('organization', names.organization)
  const [roles, permissions] = [reader('roles', 'roles'), reader('permissions', 'permissions')]
  const [sessionId, email] = [reader('sessionId', 'sid'), reader('email', 'email')]
  const impersonator = names.impersonator === undefined ? null : reader('impersonator', names.impersonator)
  return {
    callerIn(claims) {
      const subject = idIn(subjects.read(claims))
      if (subject === null) return rejected('credential_invalid', 'claims', subjects.name)
      const organization = statedIn(organizations?.read(claims), idIn)
      if (organization === UNREADABLE) return rejected('credential_invalid', 'claims', organizations?.name)
      return { subject, organization }
    },
    isAnonymous: (claims) => isAbsent(subjects.read(claims)),
    statementsIn: (claims) => ({
      roles: namesIn(roles.read(claims)),
      permissions: namesIn(permissions.read(claims), / +/),
      sessionId: idIn(sessionId.read(claims)),
      email: textIn(email.read(claims)),
      impersonator: impersonatorIn(impersonator?.read(claims)) ?? actorOf(claims),
    }),
  }
}

/** A value that cannot be read counts as somebody: an impersonator's token must not pass for the person's own. */
function impersonatorIn(value: unknown): string | null {
  return isAbsent(value) ? null : (idIn(value) ?? UNKNOWN_ACTOR)
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === ''
}

/** When the person signed in, in seconds since the epoch, from a date as apps write it. Null if it does not say. */
export function signInIn(value: unknown, now: number): number | null {
  const isDate = typeof value === 'string' || typeof value === 'number'
  return signInMoment(isDate ? toMilliseconds(value) : null, now)
}
