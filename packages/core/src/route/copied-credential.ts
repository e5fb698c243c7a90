import { optionError } from '../settings/options.js'
import { assembleCookie, isChunkOf } from '../http/chunks.js'
import { readCookies } from '../http/cookies.js'
import type { CarrierPlan, Credential } from '../extract/credential.js'
import { statesAlgorithm } from './jwt.js'
import { matches, present } from './shape.js'
import type { Verifier } from './verifier.js'

/** A token, possibly copied from its header, with `Bearer` or one of `schemes` before it. */
export function withoutScheme(copied: string, schemes?: CarrierPlan['schemes']): string {
  const [, scheme = '', token] = /^(\S+) +(.*)$/s.exec(copied) ?? []
  const isOurs = /^bearer$/i.test(scheme) || schemes?.has(scheme.toLowerCase()) === true
  return isOurs && token !== undefined ? token : copied
}

/**
 * The credential's value from copied text: without its scheme, the cookie's name or surrounding white space.
 * @throws {AuthError} `configuration_invalid`: no verifier here would accept it, so revoking it would have no effect.
 */
export function createCredentialReader(verifiers: readonly Verifier[], plan: CarrierPlan): (copied: string) => string {
  const doors: readonly Omit<Credential, 'value'>[] = [
    { carrier: 'bearer', name: 'authorization' },
    ...[...plan.schemes.keys()].map((name) => ({ carrier: 'scheme', name }) as const),
    ...plan.headers.map((name) => ({ carrier: 'header', name }) as const),
    ...plan.cookies.map((name) => ({ carrier: 'cookie', name }) as const),
  ]
  const shapes = verifiers.flatMap((verifier) => verifier.shapes)
  return (copied) => {
    const text = withoutScheme(copied.trim(), plan.schemes)
    const value = cookieIn(text, plan) ?? text
    const isTaken = doors.some((door) => {
      const credential = present({ ...door, value })
      return shapes.some((shape) => matches(shape, credential))
    })
    if (isTaken && !isTornJwt(value)) return value
    throw optionError('revoke.credential', 'is not one that a verifier here accepts; pass it as the caller presents it')
  }
}

/**
 * A cookie may contain any text, so part of a JWT would be accepted as a credential, and revoking it would have no
 * effect. Five segments are a JWE, which some systems keep in a cookie.
 */
function isTornJwt(value: string): boolean {
  const segments = value.split('.')
  if (!statesAlgorithm(segments[0] as string) || segments.length > 3) return false
  const read = present({ carrier: 'bearer', name: 'authorization', value })
  return read.jwt() === null && read.paddedJwt() === null
}

/**
 * The credential in a copied `Cookie` header: one cookie, quoted or not, or its chunks. Null if it contains none of
 * ours.
 * @throws {AuthError} `configuration_invalid`: it contains several, and only one would be revoked.
 */
function cookieIn(text: string, { cookies }: CarrierPlan): string | null {
  const found = readCookies([text], (name) => cookies.includes(name) || isChunkOf(cookies, name))
  const values = cookies.flatMap((name) => assembleCookie(name, found))
  if (values.length > 1) throw optionError('revoke.credential', 'contains several credentials; pass one at a time')
  return values[0] ?? null
}
