import { optionError } from './client-error.js'
import type { TokenMode } from './session.js'

/** The options of `createClient`. */
export interface ClientOptions {
  /**
   * The URL of the API. Relative addresses are resolved against it, and credentials are sent to its origin. Default:
   * the current page. Required if there is none.
   */
  readonly baseUrl?: string
  /**
   * Where `signInEndpoints` are mounted: a path of `baseUrl`, or a URL. Credentials are sent to its origin, too.
   * Default `/auth`.
   */
  readonly authPath?: string
  /** Further origins that get credentials, such as `https://files.example.com`. No other origin ever gets any. */
  readonly origins?: readonly string[]
  /**
   * For apps that store tokens, such as mobile apps: `memoryTokens()` or `storedTokens(storage)`. Default: a cookie, so
   * that scripts see no token.
   */
  readonly tokens?: TokenMode
  /**
   * Allows tokens over plain `http` to other machines, such as an API in the local network during development. Default
   * false: such an address is refused, because anybody on the network could read the tokens.
   */
  readonly allowHttp?: boolean
  /**
   * How long a call may wait in total while the answer is 503 or 429 with `Retry-After`, in seconds. Only for methods
   * that may be repeated (GET, HEAD, PUT, DELETE, OPTIONS). Default 0: such an answer is returned immediately.
   */
  readonly maxWaitSeconds?: number
  /** How long a refresh or an exchange may take, including the wait for other tabs, in milliseconds. Default 15,000. */
  readonly timeoutMs?: number
  /** Reads the code of a 401, for an API with its own `formatError`. Default: `code` of the JSON. */
  readonly codeOf?: (response: Response) => string | null | Promise<string | null>
  /** Opens a page. Default: `location.assign`. */
  readonly navigate?: (url: string) => void
  /** Default: the platform's. */
  readonly fetch?: typeof fetch
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** With the defaults filled in, and read. */
export interface Settings extends Required<Omit<ClientOptions, 'baseUrl' | 'authPath' | 'origins' | 'tokens'>> {
  readonly tokens: TokenMode | null
  /** The address that a call means. */
  resolve(address: string): URL
  /** Of one of the endpoints. */
  endpoint(path: string): URL
  /** Whether credentials go there. */
  isOurs(url: URL): boolean
}

const DEFAULTS = {
  baseUrl: '',
  authPath: '/auth',
  origins: [] as readonly string[],
  tokens: null as TokenMode | null,
  allowHttp: false,
  maxWaitSeconds: 0,
  timeoutMs: 15_000,
  codeOf,
  navigate,
  // Called without an object: the browser's own refuses any `this` but the window.
  fetch: ((input, init) => fetch(input, init)) as typeof fetch,
  now: () => Date.now(),
}

/** @throws {ClientError} `configuration_invalid`, naming the option. */
export function parseOptions(options: ClientOptions): Settings {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(DEFAULTS, name)) throw optionError(name, 'is not known')
    const type = typeof DEFAULTS[name as keyof ClientOptions]
    if (typeof value !== type || value < 0) throw optionError(name, `must be of type ${type}, and not negative`)
  }
  const settings = { ...DEFAULTS, ...options }
  // A page may change its address; what is relative to it changes along.
  const base = (): string => settings.baseUrl || (globalThis.location as Location | undefined)?.href || ''
  const isHttpFine = settings.allowHttp || !settings.tokens
  const page = httpUrl('baseUrl', base(), isHttpFine)
  const auth = httpUrl('authPath', settings.authPath, isHttpFine, page.href)
  const ours = [page, auth, ...settings.origins.map((origin) => httpUrl('origins', origin, isHttpFine))].map(
    ({ origin }) => origin,
  )
  return {
    ...settings,
    resolve: (address) => new URL(address, base()),
    endpoint: (path) => new URL(auth.href.replace(/\/$/, '') + path),
    isOurs: ({ origin }) => ours.includes(origin),
  }
}

/** This machine, as it is also called within the emulator of Android. */
const LOCAL = /^((.+\.)?localhost|127(\.\d+){3}|\[::1\]|10\.0\.2\.2)$/

function httpUrl(option: string, address: string, isHttpFine: boolean, base?: string): URL {
  let url
  try {
    url = new URL(address, base)
  } catch {}
  if (!url || !/^https?:/.test(url.protocol)) throw optionError(option, 'must be an http(s) address')
  if (isHttpFine || url.protocol[4] === 's' || LOCAL.test(url.hostname)) return url
  throw optionError(option, 'must be https (see allowHttp)')
}

async function codeOf(response: Response): Promise<string | null> {
  // A clone: the body belongs to whoever called.
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  const { code } = Object(body) as { code?: unknown }
  return typeof code === 'string' ? code : null
}

function navigate(url: string): void {
  const page = globalThis.location as Location | undefined
  if (page === undefined) throw optionError('navigate', 'is required where no page is open')
  page.assign(url)
}
