/** The challenge of a refusal. RFC 6750 section 3.1 defines the `error` values. */
export type Challenge = 'bare' | 'invalid_request' | 'invalid_token' | 'insufficient_scope' | null

/**
 * Every refusal of dualauth. The code is the contract and fixes status and challenge. A title may be reworded in any
 * release.
 */
export const ERRORS = {
  credential_missing: { status: 401, challenge: 'bare', title: 'Authentication is required.' },
  credential_malformed: {
    status: 400,
    challenge: 'invalid_request',
    title: 'The credential is malformed or was sent more than once.',
  },
  credential_too_large: { status: 431, challenge: null, title: 'The credential is too large.' },
  credential_ambiguous: { status: 400, challenge: null, title: 'More than one verifier owns this credential.' },
  credential_unsupported: {
    status: 401,
    challenge: 'invalid_token',
    title: 'No verifier accepts this kind of credential.',
  },
  credential_invalid: { status: 401, challenge: 'invalid_token', title: 'The credential is not valid here.' },
  credential_expired: { status: 401, challenge: 'invalid_token', title: 'The credential has expired.' },
  credential_revoked: {
    status: 401,
    challenge: 'invalid_token',
    title: 'The credential was revoked or its session has ended.',
  },
  legacy_retired: {
    status: 401,
    challenge: 'invalid_token',
    title: 'Credentials of this system are no longer accepted; sign in again.',
  },
  credential_not_accepted: {
    status: 401,
    challenge: 'invalid_token',
    title: 'This kind of credential is not accepted at the moment.',
  },
  sign_in_required: {
    status: 401,
    challenge: 'bare',
    title: 'The session cannot be carried over; sign in again.',
  },
  client_invalid: { status: 401, challenge: null, title: 'The client is unknown, or its secret is wrong.' },
  identity_conflict: {
    status: 401,
    challenge: 'invalid_token',
    title: 'The request carries credentials of different principals.',
  },
  identity_unlinked: { status: 403, challenge: null, title: 'The identity is not linked to an account here.' },
  account_banned: { status: 403, challenge: null, title: 'The account is banned.' },
  account_deactivated: { status: 403, challenge: null, title: 'The account is deactivated.' },
  account_conflict: {
    status: 403,
    challenge: null,
    title: 'Somebody here must decide about the account for this identity.',
  },
  account_refused: { status: 403, challenge: null, title: 'The account is not admitted here.' },
  origin_untrusted: {
    status: 403,
    challenge: null,
    title: 'For this method, a cookie is accepted only from a trusted origin.',
  },
  permission_denied: {
    status: 403,
    challenge: 'insufficient_scope',
    title: 'The principal does not have the permission.',
  },
  role_required: { status: 403, challenge: null, title: 'The principal does not have the role.' },
  organization_required: { status: 403, challenge: null, title: 'The principal does not act for an organization.' },
  organization_mismatch: { status: 403, challenge: null, title: 'The principal acts for another organization.' },
  exchange_refused: { status: 403, challenge: null, title: 'This credential cannot be exchanged.' },
  sign_in_failed: { status: 400, challenge: null, title: 'The sign-in did not succeed; start again.' },
  request_invalid: { status: 400, challenge: null, title: 'The request is not valid.' },
  signature_invalid: {
    status: 400,
    challenge: null,
    title: 'The signature of the delivery is missing, wrong or too old.',
  },
  resource_not_found: { status: 404, challenge: null, title: 'There is no such resource.' },
  method_not_allowed: { status: 405, challenge: null, title: 'The method is not allowed here.' },
  resource_conflict: { status: 409, challenge: null, title: 'The state of the resource does not allow this.' },
  limit_reached: { status: 409, challenge: null, title: 'The limit has been reached.' },
  endpoint_retired: {
    status: 410,
    challenge: null,
    title: 'This endpoint was retired together with its sign-in system.',
  },
  body_too_large: { status: 413, challenge: null, title: 'The body is too large.' },
  media_type_unsupported: { status: 415, challenge: null, title: 'The media type of the body is not supported.' },
  rate_limited: { status: 429, challenge: null, title: 'Too many requests with this credential.' },
  verifier_unavailable: { status: 503, challenge: null, title: 'The credential cannot be checked at the moment.' },
  account_unavailable: { status: 503, challenge: null, title: 'The account cannot be looked up at the moment.' },
  password_refused: { status: 400, challenge: null, title: 'This password cannot be set.' },
  password_format_unknown: {
    status: 503,
    challenge: null,
    title: 'The format of the stored password cannot be checked here.',
  },
  password_hash_malformed: { status: 503, challenge: null, title: 'The stored password is damaged.' },
  password_cost_refused: {
    status: 503,
    challenge: null,
    title: 'Checking the stored password would cost more than the limit allows.',
  },
  password_checks_busy: { status: 503, challenge: null, title: 'Too many passwords are being checked at the moment.' },
  policy_unavailable: { status: 503, challenge: null, title: 'The migration policy cannot be read at the moment.' },
  store_unavailable: { status: 503, challenge: null, title: 'The data store cannot be reached at the moment.' },
  configuration_invalid: { status: 500, challenge: null, title: 'An option of dualauth is wrong.' },
  middleware_missing: {
    status: 500,
    challenge: null,
    title: 'A guard ran on a route where dualAuth() is not mounted.',
  },
  middleware_conflict: { status: 500, challenge: null, title: 'Two mounts of dualAuth() cover the same path.' },
  guard_not_called: { status: 500, challenge: null, title: 'A guard or dualAuth was passed without being called.' },
  principal_missing: { status: 500, challenge: null, title: 'No guard authenticated this request.' },
} as const

/** Identifies a refusal. The code is the contract; its wording is not. */
export type ErrorCode = keyof typeof ERRORS

/** Whether the code means an outage. An outage is never a 401, which would log people out. */
export function isOutage(code: ErrorCode): boolean {
  return ERRORS[code].status === 503
}
