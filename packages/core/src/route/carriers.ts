import * as z from 'zod/mini'
import type { CarrierKind } from '../events/events.js'
import { cookieName, nonEmpty, object, token } from '../settings/schemas.js'
import { NO_SCHEME } from '../extract/credential.js'

/** One place where a token may travel. */
export type Carrier =
  /** `Authorization: Bearer …` (RFC 6750). */
  | 'bearer'
  /** `Authorization: …` with the token alone, without a scheme. */
  | 'bare'
  /** `Authorization: <scheme> …`, such as `Token` or `JWT`. Case-insensitive. */
  | { readonly scheme: string }
  /** A separate header that contains only the token, such as one set by an access proxy. */
  | { readonly header: string }
  /** A cookie of exactly this name. */
  | { readonly cookie: string }

/** The carriers of one verifier's tokens. Nothing else is read. */
export type Carriers = readonly Carrier[]

/** Carriers as routing compares them. */
export interface Carriage {
  readonly bearer: boolean
  /** Other schemes of `Authorization`; the empty string is a token without a scheme. Default: none. */
  readonly schemes?: readonly string[]
  /** Lower-case names. */
  readonly headers: readonly string[]
  readonly cookies: readonly string[]
}

export const BEARER_ONLY: Carriage = { bearer: true, headers: [], cookies: [] }

/** Only headers, or only cookies, with these names. */
export function onlyIn(names: Partial<Pick<Carriage, 'headers' | 'cookies'>>): Carriage {
  return { bearer: false, headers: [], cookies: [], ...names }
}

/** These schemes are followed by something other than a plain token. */
const scheme = token('a scheme other than Basic, Digest, DPoP, Negotiate and NTLM, such as Token', {
  except: ['basic', 'digest', 'dpop', 'negotiate', 'ntlm'],
  dots: false,
})
/** These headers have their own carriers. Read as plain headers, they would be second credentials. */
const header = token(
  "a header other than authorization, cookie and sec-websocket-protocol; for a scheme, { scheme } or 'bare'",
  { except: ['authorization', 'cookie', 'sec-websocket-protocol'] },
)

/** The schema of a list of carriers that must be given. */
export const carriersRequired: z.ZodMiniType<Carrier[]> = nonEmpty(
  z.union(
    [z.enum(['bearer', 'bare']), object({ scheme }), object({ header }), object({ cookie: cookieName })],
    "'bearer', 'bare', { scheme }, { header } or { cookie }",
  ),
)

/** The schema of the option `carriers`. */
export const carriersOption: z.ZodMiniExactOptional<z.ZodMiniType<Carrier[]>> = z.exactOptional(carriersRequired)

/** Reads the option. Default: bearers only. */
export function carriageOf(carriers: Carriers = ['bearer']): Carriage {
  const found = { bearer: false, schemes: [] as string[], headers: [] as string[], cookies: [] as string[] }
  for (const carrier of carriers) {
    if (carrier === 'bearer') found.bearer = true
    else if (carrier === 'bare') found.schemes.push(NO_SCHEME)
    else if ('header' in carrier) found.headers.push(carrier.header.toLowerCase())
    else if ('cookie' in carrier) found.cookies.push(carrier.cookie)
    else if (carrier.scheme.toLowerCase() === 'bearer') found.bearer = true
    else found.schemes.push(carrier.scheme)
  }
  return found
}

/** Whether a credential in this carrier may be one of these. `name` is as in `Credential`. */
export function carries(carriage: Carriage, carrier: CarrierKind, name: string): boolean {
  switch (carrier) {
    case 'bearer':
      return carriage.bearer
    case 'header':
      return carriage.headers.includes(name)
    case 'cookie':
      return carriage.cookies.includes(name)
    case 'scheme':
      return lowerCase(carriage.schemes).includes(name)
  }
}

export function shareCarrier(a: Carriage, b: Carriage): boolean {
  return (
    (a.bearer && b.bearer) ||
    intersect(lowerCase(a.schemes), lowerCase(b.schemes)) ||
    intersect(a.headers, b.headers) ||
    intersect(a.cookies, b.cookies)
  )
}

function lowerCase(schemes: readonly string[] = []): readonly string[] {
  return schemes.map((scheme) => scheme.toLowerCase())
}

export function intersect(a: readonly string[], b: readonly string[]): boolean {
  return a.some((entry) => b.includes(entry))
}
