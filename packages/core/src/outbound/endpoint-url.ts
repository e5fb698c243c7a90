import * as z from 'zod/mini'
import { optionError } from '../settings/options.js'

/** 0/8, 127/8, 169.254/16. */
const LOCAL_V4 = /^(?:0|127)(?:\.\d+){3}$|^169\.254\.\d+\.\d+$/
/** `::`, `::1`, fe80::/10, and the above within ::ffff:0:0/96. */
const LOCAL_V6 = /^\[(?:::1?|fe[89ab][0-9a-f]:.*|::ffff:(?:0|[0-9a-f]{1,2}|7f[0-9a-f]{2}|a9fe):[0-9a-f]+)\]$/

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** An option's exception from `https` for one host. */
export interface InsecureHost {
  /** For the message, such as `keySetOptions.allowInsecureHost`. */
  readonly option: string
  /** A host name, for any port or with one; undefined if the app set none. */
  readonly host: string | undefined
}

/** Why an address must not be called, worded to follow the option's name; null if it may be. */
export function urlProblem(text: string, insecure?: InsecureHost): string | null {
  const url = parse(text)
  if (url === null) return 'must be an absolute URL'
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (isLoopback(text) || allows(insecure, url))))
    return insecure === undefined || url.protocol !== 'http:'
      ? 'must use https (http only on loopback)'
      : `must use https (http only on loopback, or where \`${insecure.option}\` names its host)`
  return url.username === '' && url.password === '' ? null : 'must not hold a user name or password'
}

/**
 * The address in an option, in its normal form.
 *
 * @throws {AuthError} `configuration_invalid`, naming `path`.
 */
export function assertEndpointUrl(text: string, path: string, insecure?: InsecureHost): string {
  const problem = urlProblem(text, insecure)
  if (problem !== null) throw optionError(path, problem)
  return new URL(text).href
}

/** The schema of such an option: a host as in a URL, without scheme and path. */
export const insecureHost: z.ZodMiniExactOptional<z.ZodMiniType<string>> = z.exactOptional(
  z
    .string("a host such as 'keycloak.default.svc.cluster.local' or 'keycloak:8080'")
    .check(z.regex(/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?$/i)),
)

export function allows(insecure: InsecureHost | undefined, { hostname, host }: URL): boolean {
  const allowed = insecure?.host?.toLowerCase()
  return allowed !== undefined && (allowed === hostname || allowed === host)
}

/** Addresses for which `http` is allowed: only the usual spellings. */
function isLoopback(text: string): boolean {
  return LOOPBACK.includes(parse(text)?.hostname ?? '')
}

/**
 * Whether an address, in any spelling, is this machine or link-local, such as a cloud's metadata service. Does not
 * detect a name that resolves to one.
 *
 * @see RFC 6761 section 6.3, RFC 6890
 */
export function isLocal(text: string): boolean {
  // `URL` has converted 0x7f.1 and 2130706433 to dotted quads, and shortened IPv6.
  const host = (parse(text)?.hostname ?? '').replace(/\.$/, '')
  return host === 'localhost' || host.endsWith('.localhost') || LOCAL_V4.test(host) || LOCAL_V6.test(host)
}

function parse(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}
