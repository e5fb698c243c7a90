import * as z from 'zod/mini'
import type { MaybePromise } from '../../async/maybe-promise.js'
import { between, functionOption, object, verifierName } from '../../settings/schemas.js'
import { optionError, parseOptions } from '../../settings/options.js'
import { carriageOf, carriersRequired, onlyIn, type Carriers } from '../../route/carriers.js'
import type { Shape } from '../../route/shape.js'
import { opaqueForm, opaqueShape, type OpaqueForm } from '../../verify/opaque-form.js'
import type { StoredClaims, StoredSession } from '../../verify/stored-session/stored-session.js'
import { STORED_AS, type StoredAs } from './presented-key.js'

/** What a source that remembers has to know of a request. */
export interface StoredSessionDemand {
  /** Past whatever the source remembers. */
  readonly fresh: boolean
  /** Milliseconds since the epoch, by the clock of the instance. */
  readonly now: number
}

/**
 * Finds a session of the team's own store. Null means that there is none; a throw, and no answer in time, mean "cannot tell" and
 * become 503.
 *
 * @param key What `storedAs` says: the token, its hash, or its id. With `'plain'` it is a credential: never log it.
 */
export interface FindStoredSession<Claims extends object = StoredClaims> {
  (key: string, demand: StoredSessionDemand): MaybePromise<StoredSession<Claims> | null | undefined>
  /** Rejects where no session could be found now, for `auth.ready()`. Left out: taken to be ready. */
  ready?(): MaybePromise<unknown>
}

/** What `sessions` takes. */
export interface SessionsOptions<Name extends string = string, Claims extends object = StoredClaims> {
  /** Stands in events, in `principal.verifier` and in identity links, so it must not change. */
  readonly name: Name
  /** Where tokens travel: `{ cookie }`, `'bearer'`, `{ header }`, `{ scheme }` or `'bare'`. */
  readonly carriers: Carriers
  /** How tokens are recognised that travel elsewhere than in a cookie; cookies are owned by their name. */
  readonly token?: OpaqueForm
  /**
   * Unsigns or unseals what was carried, such as Laravel's encrypted cookie, percent-decoded. Null: it is not genuine. A throw
   * means "cannot tell". Default: it is the token.
   */
  readonly open?: (value: string) => MaybePromise<string | null>
  /**
   * What the store keeps, and `find` gets: `'plain'`, the default, the token itself; `'sha256-hex'`, `'sha256-base64'` and
   * `'sha256-base64url'` its hash alone; `'id.secret'` the part before the dot, where `secretHash` must be that of the other.
   */
  readonly storedAs?: StoredAs
  /** Finds the session: a function of the app, or `sessionRows(query, …)`. */
  readonly find: FindStoredSession<Claims>
  /** How long a session may lie unused since its `lastUsedAt`. Default: not looked at. */
  readonly idleSeconds?: number
  /** How long a session lives since its `createdAt`. Default: not looked at. */
  readonly maxAgeSeconds?: number
  /** `'store-decides'` believes sessions without any end, because the store drops what is over. Default `'required'`. */
  readonly expiry?: 'required' | 'store-decides'
  /** How long a session that was found is remembered, in milliseconds: a sign-out is seen that much later. Default 0: never. */
  readonly rememberMs?: number
  /** How long `open` and `find` are waited for, each. Default 3000, at most 30000. */
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
