import type { AuthRequest, NodeRequestLike } from './request.js'

/** Where a request went, as its caller chose it: good for choosing among what is allowed, never a proof. */
export interface RequestTarget {
  /** `api.example.com:8443` as in a URL, in lower case; null if the request does not say it, or says it twice. */
  readonly host: string | null
  /**
   * Without query, and dot segments as they were sent: what a router reads. Percent-encoded in one spelling: `/%6frgs`
   * is `/orgs`, because some routers take it for that, and `%2f` stays, as `%2F`. Null if there is none.
   */
  readonly pathname: string | null
}

const SCHEME_AND_HOST = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i

/**
 * The target of a Web `Request` is its URL. Elsewhere the path is that of the request line, and the
 * host that of `Host` or `:authority`: what a proxy forwards is not looked at.
 *
 * @see RFC 9112 section 3.2, RFC 9113 section 8.3.1, RFC 3986 section 6.2.2
 */
export function readTarget(request: AuthRequest, values: (name: string) => readonly string[]): RequestTarget {
  const { originalUrl, url } = request as Partial<NodeRequestLike>
  const target = typeof originalUrl === 'string' ? originalUrl : url
  if (typeof (request.headers as { get?: unknown } | undefined)?.get !== 'function')
    return { host: hostOf(values), pathname: typeof target === 'string' ? pathIn(target) : null }
  const { host = null, pathname = null } = (typeof target === 'string' ? parse(target) : null) ?? {}
  return { host, pathname: pathname === null ? null : inOneSpelling(pathname) }
}

/**
 * Not by `URL`, which resolves dot segments and turns `\` around: routers do neither, and an organization that is read
 * from `/orgs/theirs/../ours` must be the one that the route names.
 */
function pathIn(target: string): string | null {
  // `//host/path` is a path in a request line; as a reference it would name a host.
  const isPath = target.startsWith('/')
  if (!isPath && parse(target) === null) return null
  const [path = ''] = (isPath ? target : target.replace(SCHEME_AND_HOST, '')).split(/[?#]/, 1)
  if (path === '') return '/'
  return path.startsWith('/') ? inOneSpelling(path) : null
}

/** What needs no encoding anywhere, as `decodeURI` has it: decoding anything else could make another path of it. */
const PLAIN = /^[\w.~!*'()-]$/

function inOneSpelling(path: string): string {
  if (!path.includes('%')) return path
  return path.replace(/%[\da-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return PLAIN.test(character) ? character : escape.toUpperCase()
  })
}

function hostOf(values: (name: string) => readonly string[]): string | null {
  const authority = values(':authority')
  const sent = authority.length > 0 ? authority : values('host')
  const [host, ...others] = sent
  if (host === undefined || others.length > 0 || !/^[^\s/?#@\\,]+$/.test(host)) return null
  return parse(`http://${host}`)?.host ?? null
}

function parse(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}
