import type { HeaderView } from '../http/request.js'
import type { TrustsOrigin } from './trusted-origins.js'

export interface OriginRules {
  /** Never guessed from `Host` behind a proxy. */
  readonly trusts: TrustsOrigin
  /**
   * Verifiers whose cookies are accepted without `Origin` and `Sec-Fetch-Site`, for clients other than browsers. True:
   * all verifiers.
   */
  readonly allowNonBrowser: boolean | readonly string[]
}

const SAFE_METHODS: ReadonlySet<string> = /* @__PURE__ */ new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Cookies are ambient: a browser attaches them to requests from other sites. An unsafe method that a cookie
 * authenticates needs proof of the same origin. `same-site` alone proves nothing.
 *
 * @param verifier Whose cookie it is. Null if not known yet.
 * @see https://www.w3.org/TR/fetch-metadata/, RFC 9110 section 9.2.1
 */
export function provesOrigin(
  view: HeaderView,
  rules: OriginRules,
  verifier: string | null,
  isUpgrade = false,
): boolean {
  // An upgrade is a GET, but CORS does not restrict what follows it.
  if (SAFE_METHODS.has(view.method) && !isUpgrade) return true
  const site = view.values('sec-fetch-site')
  const origin = view.values('origin')
  if (site.length === 1 && site[0] === 'same-origin') return true
  if (origin.length === 1 && rules.trusts(origin[0] as string)) return true
  if (site.length > 0 || origin.length > 0) return false
  const { allowNonBrowser } = rules
  if (typeof allowNonBrowser === 'boolean') return allowNonBrowser
  return verifier === null ? allowNonBrowser.length > 0 : allowNonBrowser.includes(verifier)
}
