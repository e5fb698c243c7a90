import type { Carriage } from '../../src/route/carriers.js'
import type { JwtShape } from '../../src/route/shape.js'

export const BEARER: Carriage = { bearer: true, headers: [], cookies: [] }

/** Of a verifier of HS256 tokens without an issuer. */
export const jwtShape = (fields: Partial<JwtShape> = {}): JwtShape => ({
  kind: 'jwt',
  carriage: BEARER,
  algorithms: ['HS256'],
  issuers: null,
  audiences: null,
  keyIds: null,
  ...fields,
})
