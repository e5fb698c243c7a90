import * as z from 'zod/mini'
import { functionOption, mustBe, optionError, parseOptions, verifierName } from '../../errors/options.js'
import type { AcceptWeakSecret } from '../../keys/secrets.js'
import type { CookieNaming } from './cookie-names.js'
import type { FindSession, SessionSource } from './session.js'
import type { BetterAuthTokens } from './tokens.js'
import type { TouchOptions } from './touch.js'

/** What `betterAuth` takes. */
export interface BetterAuthOptions<Name extends string = string> {
  /** Stands in events, in `principal.verifier` and in identity links, so it must not change. */
  readonly name: Name
  /** Newest first. Better Auth itself takes the first only; a list logs nobody out while a secret is rotated. */
  readonly secrets: readonly (string | Uint8Array)[]
  /**
   * `sqlSessions(query)`, `instanceSessions(auth)`, `httpSessions({ url })`, `redisSessions(get)`, or a
   * function of the app. `'stateless'`, for a server without a database, believes the cookie cache alone:
   * nothing is revoked before it ends, and a guard that asks for a fresh judgement is answered with 503.
   */
  readonly sessions: FindSession | SessionSource | 'stateless'
  /**
   * Believes a cookie cache (`session_data`) of at most this age instead of asking `sessions`: the time
   * for which a revoked session or a ban may go unseen. Default 0: not used. Stateless: its own end.
   */
  readonly cookieCacheMaxAgeMs?: number
  /**
   * For how long a session that a source found is remembered, in milliseconds: a sign-out or a ban is
   * seen that much later. Default 0: the source is asked on every request.
   */
  readonly rememberMs?: number
  /** `session.cookieCache.version`; a cache of another version is not believed. Default `1`. */
  readonly cookieCacheVersion?: string
  /** How the cookies are called, where Better Auth was told so. */
  readonly cookies?: {
    /** `advanced.cookiePrefix`. Default `better-auth`. */
    readonly prefix?: string
    /** `advanced.cookies.session_token.name`; replaces prefix and name. */
    readonly name?: string
    /** `advanced.cookies.session_data.name`; replaces prefix and name. */
    readonly cacheName?: string
    /** True takes only `__Secure-` cookies, false only plain ones. Default: both, `__Secure-` first. */
    readonly secure?: boolean
  }
  /**
   * `Authorization: Bearer` (bearer plugin). `'signed-or-raw'`, the default, matches Better Auth: a raw session token,
   * as it stands in the database, is accepted. `'signed'` asks for the signature; false takes cookies only.
   */
  readonly bearer?: 'signed-or-raw' | 'signed' | false
  /** `betterAuthTokens({ baseUrl })` takes tokens of the JWT plugin as bearer, and caches that it signed. Default: neither. */
  readonly tokens?: BetterAuthTokens
  /** Slides sessions as Better Auth does; for sources that can, such as `sqlSessions`. Default: read only. */
  readonly touch?: TouchOptions
  /** Admits secrets that are short, easy to guess or shared with another verifier, until a date. */
  readonly acceptWeakSecret?: AcceptWeakSecret
}

/** Options as parsed: the defaults that follow from others are filled in. */
export interface ParsedOptions {
  readonly name: string
  readonly secrets: readonly (string | Uint8Array)[]
  /** Null: stateless. */
  readonly find: FindSession | null
  readonly source: SessionSource | null
  readonly cookieCacheMaxAgeMs: number | null
  readonly cookieCacheVersion: string
  readonly rememberMs: number
  readonly cookies: CookieNaming
  readonly bearer: 'signed-or-raw' | 'signed' | false
  readonly tokens: BetterAuthTokens | null
  readonly touch: TouchOptions | null
  readonly acceptWeakSecret: AcceptWeakSecret | undefined
}

const text = z.string().check(z.minLength(1))
const cookieName = z.string().check(z.regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/))
const seconds = z.optional(z.number().check(z.minimum(1), z.maximum(315_360_000)))
const attribute = z.optional(z.string().check(z.regex(/^[\x21-\x3a\x3c-\x7e]+$/)))
const source = z.custom<SessionSource>((value) => {
  const candidate = value as SessionSource | null
  return typeof candidate?.find === 'function' && typeof candidate.extend === 'function'
})
const tokens = z.custom<BetterAuthTokens>((value) => {
  const candidate = value as BetterAuthTokens | null
  return candidate?.shape?.kind === 'jwt' && typeof candidate.open === 'function'
}, mustBe('betterAuthTokens({ baseUrl })'))

const schema = z.strictObject({
  name: verifierName,
  secrets: z
    .array(z.union([z.string(), z.custom<Uint8Array>((value) => value instanceof Uint8Array)]))
    .check(z.minLength(1)),
  sessions: z.union(
    [functionOption<FindSession>(), source, z.literal('stateless')],
    mustBe('sqlSessions(query), a function, or, for an instance of Better Auth, instanceSessions(auth)'),
  ),
  cookieCacheMaxAgeMs: z.optional(z.number().check(z.minimum(0), z.maximum(31_536_000_000))),
  cookieCacheVersion: z.optional(text),
  rememberMs: z.optional(z.number().check(z.minimum(0), z.maximum(3_600_000))),
  cookies: z.optional(
    z.strictObject({
      prefix: z.optional(cookieName),
      name: z.optional(cookieName),
      cacheName: z.optional(cookieName),
      secure: z.optional(z.boolean()),
    }),
  ),
  bearer: z.optional(z.union([z.literal('signed-or-raw'), z.literal('signed'), z.literal(false)])),
  tokens: z.optional(tokens),
  touch: z.optional(
    z.strictObject({
      expiresInSeconds: seconds,
      updateAgeSeconds: seconds,
      cookie: z.optional(
        z.strictObject({
          path: attribute,
          domain: attribute,
          sameSite: z.optional(z.enum(['lax', 'strict', 'none'])),
          secure: z.optional(z.boolean()),
        }),
      ),
    }),
  ),
  acceptWeakSecret: z.optional(z.strictObject({ until: z.string(), reason: z.string().check(z.minLength(1)) })),
})

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseBetterAuthOptions(options: unknown, owner: string): ParsedOptions {
  const parsed = parseOptions(schema, options, owner)
  const { sessions, cookieCacheMaxAgeMs } = parsed
  const stateless = sessions === 'stateless'
  const asSource = typeof sessions === 'object' ? sessions : null
  if (stateless && (parsed.bearer ?? false) !== false)
    throw optionError(`${owner}.bearer`, 'needs sessions that can be looked up; a bearer brings no cookie cache')
  if (parsed.touch !== undefined && asSource === null)
    throw optionError(`${owner}.touch`, 'needs sessions that can be extended, such as sqlSessions')
  return {
    name: parsed.name,
    secrets: parsed.secrets,
    find: typeof sessions === 'function' ? sessions : (asSource?.find ?? null),
    source: asSource,
    cookieCacheMaxAgeMs: cookieCacheMaxAgeMs ?? (stateless ? null : 0),
    cookieCacheVersion: parsed.cookieCacheVersion ?? '1',
    rememberMs: parsed.rememberMs ?? 0,
    cookies: parsed.cookies ?? {},
    bearer: parsed.bearer ?? (stateless ? false : 'signed-or-raw'),
    tokens: parsed.tokens ?? null,
    touch: (parsed.touch as TouchOptions | undefined) ?? null,
    acceptWeakSecret: parsed.acceptWeakSecret,
  }
}
