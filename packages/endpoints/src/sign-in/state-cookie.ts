import { decodeBase64Url, encodeBase64Url } from '../http/base64url.js'
import { createSigning, type Signing } from './signing.js'

/** What a browser keeps of a sign-in that is under way. */
export interface PendingSignIn {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly returnTo: string
  /** Milliseconds since the epoch. */
  readonly begunAt: number
}

/** Signs what is under way, and believes nothing else. */
export interface StateCookies {
  /** Name and value of the cookie of one sign-in. */
  seal(pending: PendingSignIn): Promise<readonly [name: string, value: string]>
  /**
   * Null: this browser began no such sign-in, or too long ago.
   *
   * @param state Untrusted, of the callback.
   */
  open(state: string, cookies: ReadonlyMap<string, readonly string[]>, now: number): Promise<PendingSignIn | null>
  nameOf(state: string): string
  isOwn(name: string): boolean
  /** Names of those that are too many to keep beside a new one. */
  surplus(cookies: ReadonlyMap<string, readonly string[]>): readonly string[]
}

/** How long somebody may take to sign in, in milliseconds. */
export const LIFETIME_MS = 600_000
/** Several tabs may sign in at the same time; more would make headers that servers refuse. */
const MAX_PENDING = 5
/** Of one answer: its header stays small, however many cookies a request brings. */
export const MAX_CLEARED = 16
const PURPOSE = 'dualauth-sign-in'

/**
 * One cookie for each sign-in, so that tabs do not disturb one another. Its name comes from the state: a callback with another
 * state finds no cookie, and one that a stranger sent to a victim finds none in the victim's browser.
 *
 * @param secrets Newest first; the first one signs.
 * @param owner Of the callback and its provider: what another one began, with the same secrets, is not finished here.
 * @param isSecure Whether the site is `https`: then the name is bound to it by `__Host-`.
 * @see RFC 6749 section 10.12, RFC 9700 sections 4.4 and 4.7
 */
export function createStateCookies(secrets: readonly string[], owner: string, isSecure: boolean): StateCookies {
  const prefix = `${isSecure ? '__Host-' : ''}dualauth-sign-in-`
  const signing = createSigning(secrets, `${PURPOSE}\0${owner}`)
  const nameOf = (state: string): string => `${prefix}${state.slice(0, 12)}`
  // What another subdomain tossed is not written into an answer.
  const isOwn = (name: string): boolean => name.startsWith(prefix) && /^[\w-]{12}$/.test(name.slice(prefix.length))
  return {
    nameOf,
    isOwn,
    async seal(pending) {
      const payload = encodeBase64Url(new TextEncoder().encode(JSON.stringify(pending)))
      return [nameOf(pending.state), `${payload}.${await signing.sign(payload)}`]
    },
    async open(state, cookies, now) {
      for (const value of cookies.get(nameOf(state)) ?? []) {
        const pending = await read(value, signing)
        const age = now - (pending?.begunAt ?? Number.NaN)
        if (pending?.state === state && age < LIFETIME_MS && age > -LIFETIME_MS) return pending
      }
      return null
    },
    surplus: (cookies) =>
      [...cookies.keys()]
        .filter(isOwn)
        .slice(0, 1 - MAX_PENDING)
        .slice(0, MAX_CLEARED),
  }
}

/** Null: none of the keys signed it. */
async function read(value: string, signing: Signing): Promise<PendingSignIn | null> {
  const [payload = '', signature = ''] = value.split('.')
  if (!(await signing.isSigned(payload, signature))) return null
  return JSON.parse(new TextDecoder().decode(decodeBase64Url(payload) ?? new Uint8Array())) as PendingSignIn
}
