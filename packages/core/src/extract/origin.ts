import type { HeaderView } from '../http/request.js'

export interface OriginRules {
  /** External origins, exactly as browsers send them; never guessed from `Host` behind a proxy. */
  readonly trustedOrigins: readonly string[]
  /** Admits unsafe requests with a cookie and without `Origin` and `Sec-Fetch-Site`: clients that are no browsers. */
  readonly allowNonBrowser: boolean
}

const SAFE_METHODS: ReadonlySet<string> = /* @__PURE__ */ new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Cookies are ambient: a browser attaches them to requests that another site made. An unsafe method
 * authenticated by one needs a proof of same origin. `same-site` alone proves nothing.
 *
 * @see https://www.w3.org/TR/fetch-metadata/, RFC 9110 section 9.2.1
 */
export function provesOrigin(view: HeaderView, rules: OriginRules, isUpgrade = false): boolean {
  // An upgrade is a GET, but what comes after it is not bound by CORS.
  if (SAFE_METHODS.has(view.method) && !isUpgrade) return true
  const site = view.values('sec-fetch-site')
  const origin = view.values('origin')
  if (site.length === 1 && site[0] === 'same-origin') return true
  if (origin.length === 1 && rules.trustedOrigins.includes(origin[0] as string)) return true
  return site.length === 0 && origin.length === 0 && rules.allowNonBrowser
}
