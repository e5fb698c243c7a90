import * as z from 'zod/mini'
import type { MaybePromise } from '../../async/maybe-promise.js'
import { between, functionOption, object, verifierName } from '../../settings/schemas.js'
import { optionError, parseOptions } from '../../settings/options.js'
import { carriageOf, carriersRequired, onlyIn, type Carriers } from '../../route/carriers.js'
import type { SourceAbout } from '../../route/about.js'
import type { Shape } from '../../route/shape.js'
import { opaqueForm, opaqueShape, type OpaqueForm } from '../../verify/opaque-form.js'
import type { StoredClaims, StoredSession } from '../../verify/stored-session/stored-session.js'
import { STORED_AS, type StoredAs } from './presented-key.js'

/** What a source with a cache needs to know about a request. */
export interface StoredSessionDemand {
  /** True: bypass the source's cache. */
  readonly fresh: boolean
  /** Milliseconds since the epoch, by the instance's clock. */
  readonly now: number
}

/**
 * Finds a session in the team's own store. Null: there is none. A throw or a timeout means "cannot tell" and becomes
 * 503.
 *
 * @param key The token, its hash or its id, as `storedAs` says. With `'plain'` it is a credential: never log it.
 */
export interface FindStoredSession<Claims extends object = StoredClaims> {
  (key: string, demand: StoredSessionDemand): MaybePromise<StoredSession<Claims> | null | undefined>
  /** Rejects if sessions cannot be looked up now, for `auth.ready()`. Default: assumed to be ready. */
  ready?(): MaybePromise<unknown>
  /** For `auth.inspect`. */
  readonly about?: SourceAbout
}

/** The options of `sessions`. */
export interface SessionsOptions<Name extends string = string, Claims extends object = StoredClaims> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** Where tokens travel: `{ cookie }`, `'bearer'`, `{ header }`, `{ scheme }` or `'bare'`. */
  readonly carriers: Carriers
  /** How tokens outside cookies are recognised. Cookies are recognised by name. */
  readonly token?: OpaqueForm
  /**
   * Unsigns or unseals the carried value, such as Laravel's encrypted cookie; gets it percent-decoded. Null: it is not
   * genuine. A throw means "cannot tell". Default: the value is the token.
   */
  readonly open?: (value: string) => MaybePromise<string | null>
  /**
   * What the store keeps and `find` gets. `'plain'` (the default): the token itself. `'sha256-hex'`, `'sha256-base64'`,
   * `'sha256-base64url'`: only its hash. `'id.secret'`: the part before the dot; `secretHash` must then match the part
   * after it.
   */
  readonly storedAs?: StoredAs
  /** Finds the session: a function of the app, or `sessionRows(query, …)`. */
  readonly find: FindStoredSession<Claims>
  /** How long a session may stay unused after its `lastUsedAt`. Default: not checked. */
  readonly idleSeconds?: number
  /** How long a session lives after its `createdAt`. Default: not checked. */
  readonly maxAgeSeconds?: number
  /**
   * `'store-decides'` accepts sessions without an expiry, because the store deletes expired ones. Default `'required'`.
   */
  readonly expiry?: 'required' | 'store-decides'
  /**
   * How long a found session is remembered, in milliseconds; a sign-out takes effect up to that much later. Default 0:
   * not at all.
   */
  readonly rememberMs?: number
  /** Time limit for `open` and for `find`, in milliseconds each. Default 3000, at most 30000. */
  readonly timeoutMs?: number
}

const LONGEST_SECONDS = 315_360_000
const limit = z._default(z.nullable(between(1, LONGEST_SECONDS)), null)

const schema = object({
  name: verifierName,
  carriers: carriersRequired,
  token: z.exactOptional(opaqueForm),
  open: z.exactOptional(functionOption<NonNullable<SessionsOptions['open']>>()),
  storedAs: z._default(z.enum(STORED_AS), 'plain'),
  find: functionOption<FindStoredSession<object>>('a function, such as sessionRows(query, …)'),
  idleSeconds: limit,
  maxAgeSeconds: limit,
  expiry: z._default(z.enum(['required', 'store-decides']), 'required'),
  rememberMs: z._default(between(0, 3_600_000), 0),
  timeoutMs: z._default(between(1, 30_000), 3_000),
})

export interface ParsedSessions {
  readonly name: string
  readonly shapes: readonly Shape[]
  readonly open?: (value: string) => MaybePromise<string | null>
  readonly storedAs: StoredAs
  readonly find: FindStoredSession<object>
  readonly idleSeconds: number | null
  readonly maxAgeSeconds: number | null
  readonly expiry: 'required' | 'store-decides'
  readonly rememberMs: number
  readonly timeoutMs: number
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseSessionsOptions(options: unknown, owner: string): ParsedSessions {
  const { carriers, token, ...parsed } = parseOptions(schema, options, owner)
  const { cookies, ...others } = carriageOf(carriers)
  const shapes: Shape[] = cookies.length === 0 ? [] : [{ kind: 'cookie', carriage: onlyIn({ cookies }) }]
  const isElsewhere = carriers.length > cookies.length
  if (isElsewhere && token === undefined)
    throw optionError(`${owner}.token`, 'is needed where tokens travel elsewhere than in a cookie, such as { prefix }')
  if (!isElsewhere && token !== undefined)
    throw optionError(`${owner}.token`, 'says nothing of cookies, which are owned by their name')
  if (token !== undefined)
    shapes.push(opaqueShape(token, { ...others, cookies: [] }, `${owner}.token`, parsed.storedAs === 'id.secret'))
  return { ...parsed, shapes }
}
