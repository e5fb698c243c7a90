import * as z from 'zod/mini'
import { functionOption, object, token, wholeBetween, withMethods } from '../settings/schemas.js'

/**
 * Where to find the address of a caller.
 *
 * - `'socket'`: at the other end of the connection, for a server on Node that callers reach without a proxy
 * - `{ header, hops }`: in a list to which each proxy appends the address of its peer, such as `x-forwarded-for`.
 *   `hops` is the number of your own proxies that a request passes, default 1. Everything further left comes from the
 *   caller and is not trusted
 * - a function of the framework's own request: `(req) => req.ip`, or `(c) => getConnInfo(c).remote.address`
 */
export type AddressSource =
  | 'socket'
  | { readonly header: string; readonly hops?: number }
  // The parameter is the framework's own request, whose type the application knows.
  | ((request: never) => string | null | undefined)

/**
 * Counts the failures of all instances together. Any limiter of `rate-limiter-flexible` fits, such as
 * `RateLimiterRedis`.
 */
export interface SharedLimiter {
  /**
   * Counts one failure. It is not awaited. Resolves to `{ consumedPoints }`, or rejects with `{ msBeforeNext }`
   * (milliseconds, at most the window) if no points are left. Any other rejection is an outage: each instance then
   * counts alone.
   *
   * @param key A network, such as `192.0.2.7` or `2001:db8:1:2::/64`.
   */
  consume(key: string): Promise<unknown>
}

/** Limits for callers whose credentials are not genuine. */
export interface ThrottleOptions {
  /** The address whose failures are counted together: an IPv4 address, or the first 64 bits of an IPv6 address. */
  readonly address: AddressSource
  /**
   * Failures of one address within the window, each with another credential, before its credentials are no longer
   * looked up. Default 100.
   */
  readonly perAddress?: number
  /** Failures of the same credential within the window before it is no longer looked up. Default 10. */
  readonly perCredential?: number
  /** In seconds, from the first failure. Default 60. */
  readonly windowSeconds?: number
  /** Addresses counted at the same time. The one that failed longest ago is dropped first. Default 20,000. */
  readonly maxAddresses?: number
  /**
   * Configure it with the points and duration of `perAddress` and `windowSeconds`. Default: each process counts alone.
   */
  readonly limiter?: SharedLimiter
}

const NO_FUNCTION = "'socket', { header, hops }, or a function of the framework's request"

/** `Forwarded` (RFC 7239) is not a list of addresses. */
const header = token('the name of a field that lists addresses, such as x-forwarded-for', { except: ['forwarded'] })

const address = z.union(
  [
    z.literal('socket'),
    object({ header, hops: z.exactOptional(wholeBetween(1, 10)) }),
    functionOption<(request: unknown) => string | null | undefined>(),
  ],
  NO_FUNCTION,
)

export type ParsedThrottle = Required<Omit<ThrottleOptions, 'limiter'>> & Pick<ThrottleOptions, 'limiter'>

export const throttleOptions: z.ZodMiniType<ParsedThrottle> = object({
  address,
  perAddress: z._default(wholeBetween(1, 1_000_000), 100),
  perCredential: z._default(wholeBetween(1, 1_000_000), 10),
  windowSeconds: z._default(wholeBetween(1, 86_400), 60),
  maxAddresses: z._default(wholeBetween(1, 1_000_000), 20_000),
  limiter: z.exactOptional(withMethods<SharedLimiter>(['consume'], 'a limiter such as RateLimiterRedis')),
})
