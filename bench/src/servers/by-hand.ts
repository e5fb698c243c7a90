import { createPublicKey } from 'node:crypto'
import { jwtVerify } from 'jose'
import { AUDIENCE, ISSUER, type Jwk } from '../tokens.js'

/** The least that a mount and a guard come to: a look into a map, and the two fields. */
export const BY_HAND = 'a guard by hand'

export interface Subjects {
  /** Undefined at first sight of a token. */
  known(authorization: string | undefined): string | undefined
  /** Verifies it; null if it is refused. */
  verify(authorization: string | undefined): Promise<string | null>
}

/** A token is verified once, and then looked up: without an end, without a revocation, and without a bound on the map. */
export function createSubjects(jwk: Jwk): Subjects {
  const seen = new Map<string, string>()
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  const tokenIn = (authorization = ''): string => authorization.slice(7)
  return {
    known: (authorization) => seen.get(tokenIn(authorization)),
    async verify(authorization) {
      const token = tokenIn(authorization)
      const options = { algorithms: ['RS256'], issuer: ISSUER, audience: AUDIENCE }
      const subject = await jwtVerify(token, key, options).then(
        ({ payload }) => payload.sub as string,
        () => null,
      )
      if (subject !== null) seen.set(token, subject)
      return subject
    },
  }
}
