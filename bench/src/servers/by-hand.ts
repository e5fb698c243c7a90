import { createPublicKey } from 'node:crypto'
import { jwtVerify } from 'jose'
import { AUDIENCE, ISSUER, type Jwk } from '../tokens.js'

/** The least that a mount and a guard come to: a look into a map, and the two fields. */
export const BY_HAND = 'a guard by hand'

/** Calls `decide` with whom a header names: at once, or after the token was verified. Null: it is refused. */
export type AskSubject = <T>(header: string | undefined, decide: (subject: string | null) => T) => T | Promise<T>

/** A token is verified once, and then looked up: without an end, without a revocation, and without a bound on the map. */
export function createAskSubject(jwk: Jwk): AskSubject {
  const seen = new Map<string, string>()
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  const options = { algorithms: ['RS256'], issuer: ISSUER, audience: AUDIENCE }
  async function verify(token: string): Promise<string | null> {
    const verified = await jwtVerify(token, key, options).catch(() => null)
    if (verified === null) return null
    const subject = verified.payload.sub as string
    seen.set(token, subject)
    return subject
  }
  return (header = '', decide) => {
    const token = header.slice(7)
    const known = seen.get(token)
    return known === undefined ? verify(token).then(decide) : decide(known)
  }
}
