import * as z from 'zod/mini'
import { acceptance } from '../../../settings/acceptance.js'
import { between, cookieName, object, secretList, text, verifierName } from '../../../settings/schemas.js'
import { optionError, parseOptions } from '../../../settings/options.js'
import type { AcceptWeakSecret } from '../../../keys/secrets/secret-list.js'
import type { CookieNaming } from './cookie-names.js'
import type { FindSession, SessionSource, SourceTraits } from './session.js'
import type { BetterAuthTokens } from '../tokens/tokens.js'
import type { TouchOptions } from './touch.js'

/** The options of `betterAuth`. */
export interface BetterAuthOptions<Name extends string = string> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /**
   * Newest first. Better Auth itself uses only the first. With a list, nobody is logged out while a secret is rotated.
   */
  readonly secrets: readonly (string | Uint8Array)[]
  /**
   * `sqlSessions(query)`, `instanceSessions(auth)`, `httpSessions({ url })`, `redisSessions(get)`, or a function of the
   * app. `'stateless'`, for a server without a database, trusts only the cookie cache: nothing is revoked before it
   * expires, and guards with `fresh` get 503.
   */
  readonly sessions: FindSession | SessionSource | 'stateless'
  /**
   * Trusts a cookie cache (`session_data`) up to this age, in milliseconds, instead of calling `sessions`. A revocation
   * or a ban takes effect up to this much later. A cache does not prove membership, so such a request acts for no
   * organization. Default 0: not used. Stateless: the cache's own expiry.
   */
  readonly cookieCacheMaxAgeMs?: number
  /**
   * How long a session from a source is remembered, in milliseconds. A sign-out or a ban takes effect up to this much
   * later. Default 0: the source is called on every request.
   */
  readonly rememberMs?: number
  /** `session.cookieCache.version`; a cache of another version is ignored. Default `1`. */
  readonly cookieCacheVersion?: string
  /** The names of the cookies, if Better Auth has custom ones. */
  readonly cookies?: {
    /** `advanced.cookiePrefix`. Default `better-auth`. */
    readonly prefix?: string
    /** `advanced.cookies.session_token.name`; replaces prefix and name. */
    readonly name?: string
    /** `advanced.cookies.session_data.name`; replaces prefix and name. */
    readonly cacheName?: string
    /**
     * True: only `__Secure-` cookies, and the prefix is added to the names. False: only plain ones. Default: both,
     * `__Secure-` first.
     */
    readonly secure?: boolean
  }
  /**
   * `Authorization: Bearer` (bearer plugin). `'signed-or-raw'`, the default, matches Better Auth: a raw session token,
   * as in the database, is accepted. `'signed'` requires the signature. False: only cookies.
   */
  readonly bearer?: 'signed-or-raw' | 'signed' | false
  /**
   * `betterAuthTokens({ baseUrl })` accepts tokens of the JWT plugin as bearers, and caches that the plugin signed.
   * Default: neither.
   */
  readonly tokens?: BetterAuthTokens
  /** Extends sessions as Better Auth does, with sources that support it, such as `sqlSessions`. Default: read only. */
  readonly touch?: TouchOptions
  /**
   * Time limit for one look-up in `sessions`, with all that it asks, and for extending a session, in milliseconds; then
   * it is "cannot tell". Default 3000; for a source with its own `timeoutMs`, such as `sqlSessions`, four times that if
   * it is more, because a look-up may ask several times. At most 240000.
   */
  readonly timeoutMs?: number
  /** Allows secrets that are short, easy to guess or shared with another verifier, until a date. */
  readonly acceptWeakSecret?: AcceptWeakSecret
}

/** Parsed options, with derived defaults filled in. */
export interface ParsedOptions {
  readonly name: string
  readonly secrets: readonly (string | Uint8Array)[]
  /** Null if stateless. */
  readonly find: FindSession | null
  readonly source: SessionSource | null
  /** For `auth.ready()`; null if stateless. */
  readonly checked: SourceTraits | null
  readonly cookieCacheMaxAgeMs: number | null
  readonly cookieCacheVersion: string
  readonly rememberMs: number
  readonly cookies: CookieNaming
  readonly bearer: 'signed-or-raw' | 'signed' | false
  readonly tokens: BetterAuthTokens | null
  readonly touch: TouchOptions | null
  readonly timeoutMs: number
  readonly acceptWeakSecret: AcceptWeakSecret | undefined
}

const LONGEST_SECONDS = 315_360_000
const TIMEOUT_MS = 3_000
/** As `httpSessions` may: with two secrets, of a server that refuses one of its flags, and then for the member. */
const MOST_ASKED = 4
const seconds = z.exactOptional(between(1, LONGEST_SECONDS))
const attribute = z.exactOptional(z.string().check(z.regex(/^[\x21-\x3a\x3c-\x7e]+$/)))
const sessions = z.custom<BetterAuthOptions['sessions']>((value) => {
  const candidate = value as SessionSource | null | undefined
  const isSource = typeof candidate?.find === 'function' && typeof candidate.extend === 'function'
  return isSource || typeof value === 'function' || value === 'stateless'
}, 'sqlSessions(query), a function, or, for an instance of Better Auth, instanceSessions(auth)')
const tokens = z.custom<BetterAuthTokens>((value) => {
  const candidate = value as BetterAuthTokens | null | undefined
  return candidate?.shape?.kind === 'jwt' && typeof candidate.open === 'function'
}, 'betterAuthTokens({ baseUrl })')

const schema = object({
  name: verifierName,
  secrets: secretList,
  sessions,
  cookieCacheMaxAgeMs: z.exactOptional(between(0, 31_536_000_000)),
  cookieCacheVersion: z._default(text, '1'),
  rememberMs: z._default(between(0, 3_600_000), 0),
  cookies: z.exactOptional(
    object({
      prefix: z.exactOptional(cookieName),
      name: z.exactOptional(cookieName),
      cacheName: z.exactOptional(cookieName),
      secure: z.exactOptional(z.boolean()),
    }),
  ),
  bearer: z.exactOptional(z.literal(['signed-or-raw', 'signed', false])),
  tokens: z.exactOptional(tokens),
  touch: z.exactOptional(
    object({
      expiresInSeconds: seconds,
      updateAgeSeconds: z.exactOptional(between(0, LONGEST_SECONDS)),
      cookie: z.exactOptional(
        object({
          path: attribute,
          domain: attribute,
          sameSite: z.exactOptional(z.enum(['lax', 'strict', 'none'])),
          secure: z.exactOptional(z.boolean()),
        }),
      ),
    }),
  ),
  timeoutMs: z.exactOptional(between(1, 240_000)),
  acceptWeakSecret: z.exactOptional(acceptance),
})

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseBetterAuthOptions(options: unknown, owner: string): ParsedOptions {
  const parsed = parseOptions(schema, options, owner)
  const { sessions, cookieCacheMaxAgeMs } = parsed
  assertCookieNames(parsed.cookies ?? {}, `${owner}.cookies`)
  const stateless = sessions === 'stateless'
  const asSource = typeof sessions === 'object' ? sessions : null
  if (stateless && (parsed.bearer ?? false) !== false)
    throw optionError(`${owner}.bearer`, 'needs sessions that can be looked up; a bearer has no cookie cache')
  if (parsed.touch !== undefined && asSource === null)
    throw optionError(`${owner}.touch`, 'needs sessions that can be extended, such as sqlSessions')
  if (typeof sessions !== 'string' && sessions.organizations === true && (cookieCacheMaxAgeMs ?? 0) > 0)
    throw optionError(
      `${owner}.cookieCacheMaxAgeMs`,
      'does not prove membership; with organizations, use rememberMs instead',
    )
  return {
    name: parsed.name,
    secrets: parsed.secrets,
    find: typeof sessions === 'function' ? sessions : (asSource?.find ?? null),
    source: asSource,
    checked: typeof sessions === 'string' ? null : sessions,
    cookieCacheMaxAgeMs: cookieCacheMaxAgeMs ?? (stateless ? null : 0),
    cookieCacheVersion: parsed.cookieCacheVersion,
    rememberMs: parsed.rememberMs,
    cookies: parsed.cookies ?? {},
    bearer: parsed.bearer ?? (stateless ? false : 'signed-or-raw'),
    tokens: parsed.tokens ?? null,
    touch: parsed.touch ?? null,
    timeoutMs: parsed.timeoutMs ?? defaultTimeoutOf(sessions),
    acceptWeakSecret: parsed.acceptWeakSecret,
  }
}

function defaultTimeoutOf(sessions: BetterAuthOptions['sessions']): number {
  const own = typeof sessions === 'string' ? undefined : sessions.timeoutMs
  return Math.max(TIMEOUT_MS, MOST_ASKED * (own ?? 0))
}

/** Better Auth puts a dot after the prefix and `__Secure-` before every name. */
function assertCookieNames({ prefix, name, cacheName, secure }: CookieNaming, path: string): void {
  if (prefix?.endsWith('.') === true)
    throw optionError(`${path}.prefix`, 'must not end in a dot, which is added; a name that has two is given whole')
  if (secure !== true) return
  for (const [option, value] of Object.entries({ prefix, name, cacheName }))
    if (value !== undefined && /^__(?:Secure|Host)-/i.test(value))
      throw optionError(`${path}.${option}`, 'must be the name without its prefix; `secure` adds `__Secure-`')
}
