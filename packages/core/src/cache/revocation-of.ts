import * as crypto from '#crypto'
import * as z from 'zod/mini'
import { isObject, milliseconds, object, text } from '../settings/schemas.js'
import { optionError, parseOptions } from '../settings/options.js'
import type { Canonical, Revocation } from './revocations.js'

/**
 * What `auth.revoke` ends: one of five. `issuedBefore` is in milliseconds since the epoch, and exact. Without it,
 * everything of a principal or verifier that was issued before now is ended, including credentials dated ahead by up to
 * the verifier's `clockToleranceSeconds`.
 */
export type RevokeInput =
  /** Everything of one account, by the application's own id. */
  | (Only<'principal'> & { readonly issuedBefore?: number })
  /**
   * One session of one verifier, by `principal.sessionId`, permanently. With `issuedBefore`, a sealed session of
   * `oidcSession` with a later sign-in is kept, because a provider whose own session continues states the same `sid`
   * again. Tokens of the session are ended whenever they were issued, because a refresh is not a new sign-in. With
   * `issuer` and `subject` of the principal, only the session of that person is ended: an old system may give several
   * people the same id.
   */
  | (Only<'session' | 'verifier'> & {
      readonly issuer?: string
      readonly subject?: string
      readonly issuedBefore?: number
    })
  /** One API key, by `principal.keyId`, of any verifier. The stored key is not changed. */
  | Only<'apiKey'>
  /**
   * One credential, as presented: the value after `Bearer`, in the header or in the cookie (`name=value` is accepted).
   */
  | Only<'credential'>
  /** Everything that one verifier accepts. */
  | (Only<'verifier'> & { readonly issuedBefore?: number })

type Target = 'principal' | 'session' | 'apiKey' | 'credential' | 'verifier'
type Only<T extends Target> = { readonly [K in T]: string } & { readonly [K in Exclude<Target, T>]?: never }

const issuedBefore = z.exactOptional(milliseconds)
const byPrincipal = object({ principal: text, issuedBefore })
const bySession = object({
  session: text,
  verifier: text,
  issuer: z.exactOptional(text),
  subject: z.exactOptional(text),
  issuedBefore,
})
const byApiKey = object({ apiKey: text })
const byCredential = object({ credential: text })
const byVerifier = object({ verifier: text, issuedBefore })

/** How this instance spells what it is asked to revoke. */
export interface Spellings {
  /** Names of its verifiers. */
  readonly verifiers: readonly string[]
  readonly canonical: Canonical
  /** Reads a credential as copied; throws if no verifier here accepts it. */
  readonly readCredential: (copied: string) => string
}

/**
 * The requested revocation, as it travels between instances. A target that is present but undefined counts as a target:
 * a missing session id must not revoke everything of its verifier.
 *
 * @throws {AuthError} `configuration_invalid`: none of the five, two at once, or a verifier that is not here.
 */
export async function revocationOf(
  what: unknown,
  { verifiers, canonical, readCredential }: Spellings,
  now: number,
): Promise<Revocation> {
  const asked = isObject(what) ? what : {}
  if ('principal' in asked) {
    const { principal, issuedBefore } = parseOptions(byPrincipal, asked, 'revoke')
    return { kind: 'principal', id: principal, ...limitOf(issuedBefore, now) }
  }
  if ('credential' in asked) {
    const { credential } = parseOptions(byCredential, asked, 'revoke')
    return { kind: 'credential', sha256: await crypto.sha256(canonical(readCredential(credential))) }
  }
  if ('session' in asked) {
    const { session, verifier, ...more } = parseOptions(bySession, asked, 'revoke')
    // A subject is unique within its issuer only.
    for (const [one, other] of [['issuer', 'subject'] as const, ['subject', 'issuer'] as const])
      if (more[one] !== undefined && more[other] === undefined)
        throw optionError(`revoke.${other}`, `is required beside ${one}`)
    return { kind: 'session', id: session, verifier: known(verifier, verifiers), ...more }
  }
  if ('apiKey' in asked) return { kind: 'api-key', id: parseOptions(byApiKey, asked, 'revoke').apiKey }
  if (!('verifier' in asked))
    throw optionError('revoke', 'needs a principal, a session, an apiKey, a credential or a verifier')
  const { verifier, issuedBefore } = parseOptions(byVerifier, asked, 'revoke')
  return { kind: 'verifier', id: known(verifier, verifiers), ...limitOf(issuedBefore, now) }
}

/** A time given by the app is exact; "now" is by this clock, and the issuer's may be ahead. */
function limitOf(issuedBefore: number | undefined, now: number): { issuedBefore: number; datedAhead?: true } {
  return issuedBefore === undefined ? { issuedBefore: now, datedAhead: true } : { issuedBefore }
}

function known(verifier: string, verifiers: readonly string[]): string {
  if (verifiers.includes(verifier)) return verifier
  throw optionError('revoke.verifier', `is not the name of a verifier; there are ${verifiers.join(', ')}`)
}
