import { AuthError } from '../../errors/auth-error.js'
import type { Minted } from '../../migration/exchange/session-minter.js'
import { isPageUrl, PAGE_URL } from '../../outbound/page-url.js'

/** People are sent there, and read the reason. */
const REASON = /^[a-z][a-z0-9_-]{0,63}$/

/** @throws {AuthError} `verifier_unavailable`: a mistake of the minter. */
export function assertPage({ url, reason }: Extract<Minted, { readonly kind: 'sign-in' }>): void {
  if (url !== null && !isPageUrl(url) && !isOwnPath(url))
    throw mistake(`a minter: the page to sign in at must be a path, or ${PAGE_URL}`)
  if (reason !== undefined && !REASON.test(reason)) throw mistake('a minter: reason must be a slug')
}

/** Of this site: two slashes would be another one. */
function isOwnPath(url: string): boolean {
  return /^\/(?!\/)/.test(url) && isPageUrl(`https://site.example${url}`)
}

function mistake(message: string): AuthError {
  return new AuthError('verifier_unavailable', { cause: new TypeError(message) })
}
