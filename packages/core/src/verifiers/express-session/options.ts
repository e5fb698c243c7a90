import * as z from 'zod/mini'
import { acceptance } from '../../settings/acceptance.js'
import {
  between,
  cookieName,
  functionOption,
  object,
  secretList,
  verifierName,
  withMethods,
} from '../../settings/schemas.js'
import { parseOptions } from '../../settings/options.js'
import type { AcceptWeakSecret } from '../../keys/secrets/secret-list.js'
import type { StoredClaims } from '../../verify/stored-session/stored-session.js'

/** A session as the app wrote it: its own members, `cookie`, and `passport` if Passport is used. */
export type ExpressSessionData = Readonly<Record<string, unknown>>

/**
 * The part of an express-session store that is used, such as connect-redis, connect-pg-simple or the app's own
 * `MemoryStore`.
 */
export interface ExpressSessionStore {
  get(sid: string, callback: (error: unknown, session?: unknown) => void): unknown
}

/** The options of `expressSession`. */
export interface ExpressSessionOptions<Name extends string = string, Claims extends object = StoredClaims> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** `secret` of express-session, newest first. */
  readonly secrets: readonly (string | Uint8Array)[]
  /** The app's store, or another one on the same database with the same prefix. */
  readonly store: ExpressSessionStore
  /** `name` of express-session. Default `connect.sid`. */
  readonly cookie?: string
  /**
   * Returns whose session it is; null or undefined if nobody has signed in. Default: the user that Passport serialised,
   * an id or an object with `id`.
   */
  readonly subject?: (session: ExpressSessionData) => string | number | null | undefined
  /** Returns `principal.claims`: JSON values, copied. Default: nothing from the session. */
  readonly claims?: (session: ExpressSessionData) => Claims
  /**
   * How long a found session is remembered, in milliseconds; a sign-out takes effect up to that much later. Default 0:
   * not at all.
   */
  readonly rememberMs?: number
  /** Time limit for the store, in milliseconds. Default 3000, at most 30000. */
  readonly timeoutMs?: number
  /** Accepts short, guessable or shared secrets until a date, but never one from documentation. */
  readonly acceptWeakSecret?: AcceptWeakSecret
}

const schema = object({
  name: verifierName,
  secrets: secretList,
  store: withMethods<ExpressSessionStore>(['get'], 'a store of express-session: an object with get(sid, callback)'),
  cookie: z._default(cookieName, 'connect.sid'),
  subject: z.exactOptional(functionOption<NonNullable<ExpressSessionOptions['subject']>>()),
  claims: z.exactOptional(functionOption<(session: ExpressSessionData) => object>()),
  rememberMs: z._default(between(0, 3_600_000), 0),
  timeoutMs: z._default(between(1, 30_000), 3_000),
  acceptWeakSecret: z.exactOptional(acceptance),
})

export interface ParsedExpressSession {
  readonly name: string
  readonly secrets: readonly (string | Uint8Array)[]
  readonly store: ExpressSessionStore
  readonly cookie: string
  readonly subject?: NonNullable<ExpressSessionOptions['subject']>
  readonly claims?: (session: ExpressSessionData) => object
  readonly rememberMs: number
  readonly timeoutMs: number
  readonly acceptWeakSecret?: AcceptWeakSecret
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseExpressSessionOptions(options: unknown, owner: string): ParsedExpressSession {
  return parseOptions(schema, options, owner)
}
