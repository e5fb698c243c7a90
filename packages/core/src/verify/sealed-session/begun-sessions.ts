import type { SecretList } from '../../keys/secrets/secret-list.js'
import { kindOfIssuer } from '../../route/issuers.js'
import type { CookieShape } from '../../route/shape.js'
import type { Verifier } from '../../route/verifier.js'

/** How sealed sessions are written or read, such as `oidcSession({ … })` and `workosSession({ … })`. */
export interface SealedSessions {
  readonly shape: CookieShape
  readonly passwords: SecretList
}

/**
 * The settings on which the code that creates sessions and the code that reads them must agree. Settings left out agree
 * with anything.
 */
export interface BegunSessions {
  /** Null if no sealed session is read. */
  readonly session?: SealedSessions | null | undefined
  readonly issuer?: string
  readonly clientId?: string
}

/** An option of a sign-in with which the verifier does not agree. */
export interface SessionProblem {
  readonly option: 'session' | 'issuer' | 'clientId'
  /** For a message. Contains no secret. */
  readonly problem: string
}

/** Null if the verifier can read such sessions, as far as this is known without a sign-in. */
export function sessionProblem(verifier: Verifier, begun: BegunSessions): SessionProblem | null {
  const { name, reads = {} } = verifier
  const of = `the verifier "${name}"`
  if (begun.session) {
    const problem = problemOfSession(begun.session, verifier, of)
    if (problem !== null) return { option: 'session', problem }
  }
  if (begun.issuer !== undefined && reads.issuer !== undefined && kindOfIssuer(reads.issuer) === 'exact')
    if (!isSameUrl(begun.issuer, reads.issuer))
      return { option: 'issuer', problem: `must be that of ${of}, ${reads.issuer}` }
  if (begun.clientId !== undefined && reads.clientId !== undefined && begun.clientId !== reads.clientId)
    return { option: 'clientId', problem: `must be that of ${of}, ${reads.clientId}` }
  return null
}

function problemOfSession({ shape, passwords }: SealedSessions, verifier: Verifier, of: string): string | null {
  const { session } = verifier.reads ?? {}
  if (session === null) return `is not read by ${of}: give the verifier the same \`session\``
  // For the application's own verifier, only its shapes say what it accepts.
  const shapes = session === undefined ? verifier.shapes : [session.shape]
  const [written = ''] = shape.carriage.cookies
  const read = shapes.flatMap(({ carriage }) => carriage.cookies)
  if (!read.includes(written))
    return `writes the cookie "${written}", and ${of} reads ${read.map((one) => `"${one}"`).join(', ') || 'none'}: give both the same \`session\``
  if (session === undefined) return null
  if (shape.chunked === true && session.shape.chunked !== true)
    return `writes chunks, which ${of} does not read: give both the same \`session\``
  // Both seal with their first password.
  if (!session.passwords.includes(passwords.at(0)))
    return `is sealed with a password that ${of} does not have: give both the same \`session\``
  return null
}

function isSameUrl(one: string, other: string): boolean {
  return one === other || (URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href)
}
