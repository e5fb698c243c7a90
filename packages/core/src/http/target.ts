import type { AuthRequest, NodeRequestLike } from './request.js'

/** The target of a request, chosen by the caller: it may select among what is allowed but proves nothing. */
export interface RequestTarget {
  /** `api.example.com:8443` as in a URL, in lower case; null if the request does not say it, or says it twice. */
  readonly host: string | null
  /**
   * The path as routers read it: without query, with dot segments as sent. Percent-encoding is normalised: `/%6frgs`
   * becomes `/orgs`, because some routers treat it so, and `%2f` becomes `%2F`. Null if there is none.
   */
  readonly pathname: string | null
}

const SCHEME_AND_HOST = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i

/**
 * The target of a Web `Request` is its URL. Otherwise the path comes from the request line, and the host from `Host` or
 * `:authority`. Forwarding headers of proxies are ignored.
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
 * Not with `URL`, which resolves dot segments and replaces `\`. Routers do neither, and the organization read from
 * `/orgs/theirs/../ours` must be the one that the route names.
 */
function pathIn(target: string): string | null {
  // In a request line, `//host/path` is a path; as a URL reference it would name a host.
  const isPath = target.startsWith('/')
  if (!isPath && parse(target) === null) return null
  const [path = ''] = (isPath ? target : target.replace(SCHEME_AND_HOST, '')).split(/[?#]/, 1)
  if (path === '') return '/'
  return path.startsWith('/') ? inOneSpelling(path) : null
}

/** Characters that never need encoding, as in `decodeURI`: decoding any others could change the path. */
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
