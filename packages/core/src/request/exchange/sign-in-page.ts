import { AuthError } from '../../errors/auth-error.js'
import type { Minted } from '../../migration/exchange/session-minter.js'
import { isPageUrl, PAGE_URL } from '../../outbound/page-url.js'

/** A slug, because the reason is sent with the redirect. */
const REASON = /^[a-z][a-z0-9_-]{0,63}$/

/** @throws {AuthError} `verifier_unavailable`: the minter's mistake. */
export function assertPage({ url, reason }: Extract<Minted, { readonly kind: 'sign-in' }>): void {
  if (url !== null && !isPageUrl(url) && !isOwnPath(url))
    throw mistake(`a minter: the page to sign in at must be a path, or ${PAGE_URL}`)
  if (reason !== undefined && !REASON.test(reason)) throw mistake('a minter: reason must be a slug')
}

/** A path on this site: two slashes would name another host. */
function isOwnPath(url: string): boolean {
  return /^\/(?!\/)/.test(url) && isPageUrl(`https://site.example${url}`)
}

function mistake(message: string): AuthError {
  return new AuthError('verifier_unavailable', { cause: new TypeError(message) })
}
