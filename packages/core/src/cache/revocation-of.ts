import * as crypto from '#crypto'
import * as z from 'zod/mini'
import { isObject, milliseconds, object, text } from '../settings/schemas.js'
import { optionError, parseOptions } from '../settings/options.js'
import type { Canonical, Revocation } from './revocations.js'

/**
 * Whom or what `auth.revoke` ends: one of five. `issuedBefore` is milliseconds since the epoch, and exact. Without it everything
 * of a principal or a verifier is ended that was issued before now, and what is dated ahead within its verifier's
 * `clockToleranceSeconds`.
 */
export type RevokeInput =
  /** Everything of one account, by the application's own id. */
  | (Only<'principal'> & { readonly issuedBefore?: number })
  /**
   * One session of one verifier, by `principal.sessionId`, for good. With `issuedBefore`, a sealed session of `oidcSession` that was signed in to
   * since is not ended: a provider whose own session goes on states the same `sid` again. Tokens of that session are, whenever they
   * were issued: a refresh is no new sign-in. With `issuer` and `subject`, as of the principal, the session of that person alone: an old side
   * may give several people one id.
   */
  | (Only<'session' | 'verifier'> & {
      readonly issuer?: string
      readonly subject?: string
      readonly issuedBefore?: number
    })
  /** One API key, by `principal.keyId`, whichever verifier it is of. What the store keeps is not changed. */
  | Only<'apiKey'>
  /** One credential, as it is presented: what stands behind `Bearer`, in the header, or in the cookie (also `name=value`). */
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

/** How this instance spells what it is asked to end. */
export interface Spellings {
  /** Names. */
  readonly verifiers: readonly string[]
  readonly canonical: Canonical
  /** Of a credential as somebody copied it; throws for one that nobody here takes. */
  readonly readCredential: (copied: string) => string
}

/**
 * What is asked for, as it travels. A target that is there but undefined counts as one: the session
 * that somebody does not have must not end everybody of its verifier.
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

/** A moment that the app names is exact; "now" is by this clock, and the issuer's may be ahead. */
function limitOf(issuedBefore: number | undefined, now: number): { issuedBefore: number; datedAhead?: true } {
  return issuedBefore === undefined ? { issuedBefore: now, datedAhead: true } : { issuedBefore }
}

function known(verifier: string, verifiers: readonly string[]): string {
  if (verifiers.includes(verifier)) return verifier
  throw optionError('revoke.verifier', `names no verifier; there are ${verifiers.join(', ')}`)
}
