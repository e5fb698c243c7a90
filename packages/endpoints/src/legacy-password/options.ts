import { functionOption, object, optionError, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'

/** Who asks, and so in which form: the provider's own, or for `script` the one of this endpoint. */
export type LegacyPasswordDialect = 'fusionauth' | 'keycloak' | 'ory' | 'script'

/** What the provider may know of a person whose password was right. */
export interface LegacyProfile {
  /** As the old system stored it; null: no password. It is not sent. */
  readonly hash: string | null
  readonly id: string
  readonly email?: string
  /** Anything but true counts as unproven. */
  readonly emailVerified?: boolean | null
  readonly username?: string
  readonly name?: string
}

/** What checks the hashes: `createPasswords()` of `@dualauth/passwords`. */
export interface PasswordChecks {
  verifyPassword(hash: string | null, password: string): Promise<{ readonly ok: boolean }>
}

/** What became of a question. It names nobody. */
export interface LegacyPasswordEvent {
  readonly type: 'legacy_password'
  readonly dialect: LegacyPasswordDialect
  readonly outcome: 'ok' | 'refused' | 'unavailable' | 'wrong'
  /** Of what is refused or unavailable. */
  readonly code: string | null
}

/** So many attempts in so long a time, counted by each instance for itself. */
export interface AttemptLimit {
  readonly attempts: number
  readonly windowMs: number
}

/** Counts attempts, for all instances together. Each limiter of `rate-limiter-flexible` is one, such as `RateLimiterRedis`. */
export interface AttemptLimiter {
  /**
   * Takes one attempt. Rejects with `{ msBeforeNext }` (milliseconds) where none is left; whatever else it rejects with, or no answer
   * within a second, is an outage: 503 `store_unavailable`.
   *
   * @param key A digest, or `total`.
   */
  consume(key: string): Promise<unknown>
  /** Begins afresh. A rejection is ignored. */
  delete(key: string): Promise<unknown>
}

/** The options of `legacyPasswordEndpoint`. */
export interface LegacyPasswordEndpointOptions {
  /** Who asks, and in which form. */
  readonly dialect: LegacyPasswordDialect
  /** `createPasswords(…)` of `@dualauth/passwords`, or another that checks within bounds. */
  readonly passwords: PasswordChecks
  /** Looks a person up by what was typed; untrusted. A rejection is an outage. */
  readonly find: (identifier: string) => Promise<LegacyProfile | null> | LegacyProfile | null
  /** Shared with the provider, newest first, at least 32 visible characters each; every one is accepted. */
  readonly secrets: readonly string[]
  /**
   * How the provider proves that it asks: `bearer`, a secret as `Authorization: Bearer`; `hmac`, the header `Dualauth-Signature` with
   * `t=<milliseconds>, v1=<hex HMAC-SHA256 of "t.body">`; not with `keycloak`, whose path names the person. Default `bearer`.
   */
  readonly authentication?: 'bearer' | 'hmac'
  /** How old a signature may be, or how far ahead, in milliseconds. Default 300,000. */
  readonly toleranceMs?: number
  /** For one identifier; a right password begins it afresh. Default 10 in 900,000 ms, at each instance. */
  readonly perAccount?: AttemptLimit | AttemptLimiter
  /** For all together. Default 600 in 60,000 ms, at each instance. */
  readonly total?: AttemptLimit | AttemptLimiter
  /** The largest body, in bytes. Default 8,192. */
  readonly maxBodyBytes?: number
  /** Hears of each answer; no address, hash or password. Left out: nobody does. */
  readonly onEvent?: (event: LegacyPasswordEvent) => void
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

const secret = z.string('at least 32 visible characters without a space').check(z.regex(/^[\x21-\x7e]{32,}$/))
const counted = object({ attempts: wholeBetween(1, 100_000), windowMs: wholeBetween(1_000, 86_400_000) })
const limiter = withMethods<AttemptLimiter>(['consume', 'delete'], 'a limiter such as RateLimiterRedis')
const limit = z.union([counted, limiter], '{ attempts, windowMs }, or a limiter such as RateLimiterRedis')

const schema = object({
  dialect: z.enum(['fusionauth', 'keycloak', 'ory', 'script']),
  passwords: withMethods<PasswordChecks>(['verifyPassword'], 'what createPasswords() returned'),
  find: functionOption<LegacyPasswordEndpointOptions['find']>(),
  secrets: z.array(secret).check(z.minLength(1)),
  authentication: z._default(z.enum(['bearer', 'hmac']), 'bearer'),
  toleranceMs: z._default(wholeBetween(1_000, 3_600_000), 300_000),
  perAccount: z._default(limit, { attempts: 10, windowMs: 900_000 }),
  total: z._default(limit, { attempts: 600, windowMs: 60_000 }),
  maxBodyBytes: z._default(wholeBetween(256, 1_048_576), 8_192),
  onEvent: z.exactOptional(functionOption<NonNullable<LegacyPasswordEndpointOptions['onEvent']>>()),
  now: z._default(functionOption<() => number>(), () => Date.now),
})

export type Settings = Required<Omit<LegacyPasswordEndpointOptions, 'onEvent'>> &
  Pick<LegacyPasswordEndpointOptions, 'onEvent'>

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseLegacyPasswordOptions(options: unknown): Settings {
  const settings = parseOptions(schema, options, 'legacyPasswordEndpoint') as Settings
  if (settings.dialect === 'keycloak' && settings.authentication === 'hmac')
    throw optionError(
      'legacyPasswordEndpoint.authentication',
      'must be bearer for keycloak, whose path names the person: a signature of the body does not cover it',
    )
  return settings
}
