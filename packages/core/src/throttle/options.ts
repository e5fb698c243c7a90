import * as z from 'zod/mini'
import { functionOption, object, token, wholeBetween, withMethods } from '../settings/schemas.js'

/**
 * Where the address of a caller stands.
 *
 * - `'socket'`: at the other end of the connection, for a server on Node that callers reach without a proxy
 * - `{ header, hops }`: in a list to which each proxy adds whom it heard, such as `x-forwarded-for`; `hops` is how many proxies
 *   of yours a request passes, default 1. Everything further left was made up by the caller
 * - a function of the framework's own request: `(req) => req.ip`, or `(c) => getConnInfo(c).remote.address`
 */
export type AddressSource =
  | 'socket'
  | { readonly header: string; readonly hops?: number }
  // The parameter is what the framework hands to guards, which the application knows.
  | ((request: never) => string | null | undefined)

/** Counts the failures of all instances together. Each limiter of `rate-limiter-flexible` is one, such as `RateLimiterRedis`. */
export interface SharedLimiter {
  /**
   * Takes one failure; nobody waits for it. Resolves to `{ consumedPoints }`, or rejects with `{ msBeforeNext }` (milliseconds) where
   * none is left, of which the window counts at most. Whatever else it rejects with is an outage: each instance goes on by itself.
   *
   * @param key A network, such as `192.0.2.7` or `2001:db8:1:2::/64`.
   */
  consume(key: string): Promise<unknown>
}

/** Bounds for callers whose credentials are not genuine. */
export interface ThrottleOptions {
  /** Whose failures are counted together: IPv4 addresses, and IPv6 by its first 64 bits. */
  readonly address: AddressSource
  /** Failures of one address within the window, each with another credential, before no further one is looked up. Default 100. */
  readonly perAddress?: number
  /** Failures of one and the same credential within the window before it is not looked up again. Default 10. */
  readonly perCredential?: number
  /** From the first failure on. Default 60. */
  readonly windowSeconds?: number
  /** Addresses that are counted at a time; those that failed longest ago go first. Default 20,000. */
  readonly maxAddresses?: number
  /** With the points and the duration of `perAddress` and `windowSeconds`. Default: each process counts for itself. */
  readonly limiter?: SharedLimiter
}

const NO_FUNCTION = "'socket', { header, hops }, or a function of the framework's request"

/** `Forwarded` (RFC 7239) is no list of addresses. */
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
