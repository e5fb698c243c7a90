/** Whether an `Origin` is one of the application's own pages. */
export type TrustsOrigin = (origin: string) => boolean

/** `https://pr-*.preview.example.com`: one `*` in the first label of the host. */
const WILDCARD = /^https?:\/\/[^/.:*]*\*[^/.:*]*\.([^/:*]+)(?::\d+)?$/
const LABEL = /^[a-z0-9_-]{1,63}$/
const APP_SCHEME = /^([a-z][a-z0-9+.-]*):\/\/[A-Za-z0-9._-]+(?::\d{1,5})?$/

/** A page with one of these schemes has no origin, or one that all such pages share. */
const NO_APP_SCHEMES = ['ws', 'wss', 'ftp', 'file', 'data', 'blob', 'about', 'javascript', 'filesystem', 'view-source']

/**
 * Hosts where anybody may register a name, such as another team's previews. A short list of common ones; the public
 * suffix list is a hundred times as long, and changes.
 */
const SHARED_HOSTS = [
  'vercel.app netlify.app pages.dev workers.dev github.io gitlab.io web.app firebaseapp.com herokuapp.com onrender.com',
  'fly.dev up.railway.app deno.dev surge.sh glitch.me repl.co replit.app replit.dev render.com ngrok.io ngrok.app',
  'ngrok-free.app ngrok.dev trycloudflare.com loca.lt gitpod.io github.dev app.github.dev csb.app stackblitz.io',
  'webcontainer.io lovable.app bolt.host azurewebsites.net azurestaticapps.net cloudapp.azure.com cloudfront.net',
  'amplifyapp.com elasticbeanstalk.com amazonaws.com run.app appspot.com digitaloceanspaces.com ondigitalocean.app',
  'myshopify.com wixsite.com blogspot.com translate.goog',
]
  .join(' ')
  .split(' ')

/** Under these, region names precede the customers' own names. */
const WITH_REGIONS =
  /(?:^|\.)(?:amazonaws\.com|azurestaticapps\.net|elasticbeanstalk\.com|run\.app|cloudapp\.azure\.com)$/
/** `co.uk` and similar: a registry's second level under a country code. */
const REGISTRY = /^(?:ac|co|com|edu|go|gob|gov|gouv|id|ltd|me|mil|ne|net|or|org|plc|sch)\.[a-z]{2}$/

/**
 * What is wrong with an entry of `trustedOrigins`; null for a good one. Without this check, an origin that no browser
 * sends would be accepted silently and match nothing.
 */
export function originProblem(entry: string): string | null {
  if (entry === 'null') return 'must not be null: every sandboxed page sends it'
  if (entry.includes('*')) return wildcardProblem(entry)
  if (originOf(entry) === entry || isAppOrigin(entry)) return null
  return 'must be an origin as its browser sends it, such as https://app.example.com or tauri://localhost, without a slash or path'
}

function wildcardProblem(entry: string): string | null {
  const [, rest] = WILDCARD.exec(entry) ?? []
  const example = entry.replace('*', 'a')
  if (rest === undefined || originOf(example) !== example)
    return 'may hold one * in the first label of its host, such as https://*.preview.example.com; an app scheme is an exact text'
  if (isSharedHost(rest)) return `must not trust every name under ${rest}, which is open to anybody`
  return null
}

function isSharedHost(name: string): boolean {
  // A trailing dot names the same host.
  const host = name.replace(/\.$/, '')
  // Names under `localhost` never leave the machine (RFC 6761 section 6.3).
  if (!host.includes('.')) return host !== 'localhost'
  return SHARED_HOSTS.includes(host) || WITH_REGIONS.test(host) || REGISTRY.test(host)
}

function isAppOrigin(entry: string): boolean {
  const [, scheme] = APP_SCHEME.exec(entry) ?? []
  return scheme !== undefined && scheme !== 'http' && scheme !== 'https' && !NO_APP_SCHEMES.includes(scheme)
}

/** As browsers serialise it: host in lower case and ASCII, no default port. */
function originOf(text: string): string | null {
  if (!/^https?:/.test(text)) return null
  try {
    return new URL(text).origin
  } catch {
    return null
  }
}

/**
 * Tests whether a list of `trustedOrigins` trusts an origin.
 *
 * @param entries Entries that `createDualAuth` has accepted. A `*` matches letters, digits, `-` and `_` in one label.
 */
export function trustedOriginsTest(entries: readonly string[]): TrustsOrigin {
  const exact = new Set(entries.filter((entry) => !entry.includes('*')))
  const patterns = entries.filter((entry) => entry.includes('*')).map((entry) => entry.split('*') as [string, string])
  return (origin) => exact.has(origin) || patterns.some((pattern) => isOneLabel(pattern, origin))
}

function isOneLabel([before, after]: readonly [string, string], origin: string): boolean {
  if (!origin.startsWith(before) || !origin.endsWith(after)) return false
  return LABEL.test(origin.slice(before.length, origin.length - after.length))
}
