import { functionOption, object, optionError, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'

/**
 * The provider that asks, which decides the format: the provider's own, or, for `script`, the format of this endpoint.
 */
export type LegacyPasswordDialect = 'fusionauth' | 'keycloak' | 'ory' | 'script'

/** The profile of a person, sent to the provider after a right password. */
export interface LegacyProfile {
  /** As the old system stored it; null: no password. It is not sent. */
  readonly hash: string | null
  readonly id: string
  readonly email?: string
  /** Anything but true counts as unverified. */
  readonly emailVerified?: boolean | null
  readonly username?: string
  readonly name?: string
}

/** Checks the hashes: `createPasswords()` of `@dualauth/passwords`. */
export interface PasswordChecks {
  verifyPassword(hash: string | null, password: string): Promise<{ readonly ok: boolean }>
}

/** The outcome of a check. It names no person. */
export interface LegacyPasswordEvent {
  readonly type: 'legacy_password'
  readonly dialect: LegacyPasswordDialect
  readonly outcome: 'ok' | 'refused' | 'unavailable' | 'wrong'
  /** The code of a refusal or an outage. */
  readonly code: string | null
}

/** A limit of attempts per time. Each instance counts alone. */
export interface AttemptLimit {
  readonly attempts: number
  readonly windowMs: number
}

/**
 * Counts attempts for all instances together. Any limiter of `rate-limiter-flexible` fits, such as `RateLimiterRedis`.
 */
export interface AttemptLimiter {
  /**
   * Counts one attempt. Rejects with `{ msBeforeNext }` (milliseconds) if none is left. Any other rejection, or no
   * answer within a second, is an outage: 503 `store_unavailable`.
   *
   * @param key A digest, or `total`.
   */
  consume(key: string): Promise<unknown>
  /** Resets the count. A rejection is ignored. */
  delete(key: string): Promise<unknown>
}

/** The options of `legacyPasswordEndpoint`. */
export interface LegacyPasswordEndpointOptions {
  /** The provider that asks, and its format. */
  readonly dialect: LegacyPasswordDialect
  /** `createPasswords(…)` of `@dualauth/passwords`, or another checker with limits. */
  readonly passwords: PasswordChecks
  /** Finds a person by the typed identifier (untrusted). A rejection is an outage. */
  readonly find: (identifier: string) => Promise<LegacyProfile | null> | LegacyProfile | null
  /** Secrets shared with the provider. Newest first, at least 32 visible characters each. All are accepted. */
  readonly secrets: readonly string[]
  /**
   * How the provider authenticates. `bearer`: a secret as `Authorization: Bearer`. `hmac`: the header
   * `Dualauth-Signature` with `t=<milliseconds>, v1=<hex HMAC-SHA256 of "t.body">`; not with `keycloak`, whose path
   * names the person. Default `bearer`.
   */
  readonly authentication?: 'bearer' | 'hmac'
  /** How far the time of a signature may be in the past or in the future, in milliseconds. Default 300,000. */
  readonly toleranceMs?: number
  /** The limit for one identifier. A right password resets it. Default 10 in 900,000 ms, for each instance. */
  readonly perAccount?: AttemptLimit | AttemptLimiter
  /** The limit for all identifiers together. Default 600 in 60,000 ms, for each instance. */
  readonly total?: AttemptLimit | AttemptLimiter
  /** The largest body, in bytes. Default 8,192. */
  readonly maxBodyBytes?: number
  /** Called with each outcome, without address, hash or password. Default: none. */
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
