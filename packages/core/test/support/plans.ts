import type { CarrierPlan } from '../../src/extract/credential.js'

/** A bearer, a key in a header and two cookies. */
export const PLAN: CarrierPlan = {
  bearer: true,
  schemes: new Map(),
  percentEncodedBearer: false,
  headers: ['x-api-key'],
  apiKeyHeaders: ['x-api-key'],
  tokenHeaders: [],
  cookies: ['new', 'old'],
  companions: new Map(),
  subprotocol: null,
  beside: [],
  chunked: [],
  maxCredentialBytes: 8192,
}
