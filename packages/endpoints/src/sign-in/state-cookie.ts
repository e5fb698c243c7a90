import { decodeBase64Url, encodeBase64Url } from '../http/base64url.js'

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
  /** Null: this browser began no such sign-in, or too long ago. @param state Untrusted, of the callback. */
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
const PURPOSE = 'dualauth-sign-in\0'

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
  // Made at the first sign-in: some runtimes allow none at module scope.
  let keys: Promise<readonly CryptoKey[]> | null = null
  const imported = (): Promise<readonly CryptoKey[]> => (keys ??= Promise.all(secrets.map(keyOf)))
  const nameOf = (state: string): string => `${prefix}${state.slice(0, 12)}`
  // What another subdomain tossed is not written into an answer.
  const isOwn = (name: string): boolean => name.startsWith(prefix) && /^[\w-]{12}$/.test(name.slice(prefix.length))
  return {
    nameOf,
    isOwn,
    async seal(pending) {
      const payload = encodeBase64Url(new TextEncoder().encode(JSON.stringify(pending)))
      const [newest] = await imported()
      const signature = await crypto.subtle.sign('HMAC', newest as CryptoKey, bytesOf(owner, payload))
      return [nameOf(pending.state), `${payload}.${encodeBase64Url(new Uint8Array(signature))}`]
    },
    async open(state, cookies, now) {
      for (const value of cookies.get(nameOf(state)) ?? []) {
        const pending = await read(value, owner, await imported())
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
async function read(value: string, owner: string, keys: readonly CryptoKey[]): Promise<PendingSignIn | null> {
  const [payload = '', signature = ''] = value.split('.')
  const given = decodeBase64Url(signature)
  if (given === null) return null
  const tried = keys.map((key) => crypto.subtle.verify('HMAC', key, given, bytesOf(owner, payload)))
  if (!(await Promise.all(tried)).includes(true)) return null
  return JSON.parse(new TextDecoder().decode(decodeBase64Url(payload) ?? new Uint8Array())) as PendingSignIn
}

function keyOf(secret: string): Promise<CryptoKey> {
  const usages: KeyUsage[] = ['sign', 'verify']
  return crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    usages,
  )
}

/** With its purpose: the secret may sign other things as well. */
function bytesOf(owner: string, payload: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${PURPOSE}${owner}\0${payload}`)
}
