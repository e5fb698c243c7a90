/** How a refusal is challenged: RFC 6750 section 3.1 names the `error` values. */
export type Challenge = 'bare' | 'invalid_request' | 'invalid_token' | 'insufficient_scope' | null

/**
 * Every way in which dualauth refuses. The code is the contract and fixes status and challenge;
 * a title may be reworded in any release.
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
    title: 'This kind of credential is not accepted at present.',
  },
  sign_in_required: {
    status: 401,
    challenge: 'bare',
    title: 'The session cannot be carried over; sign in again.',
  },
  client_invalid: { status: 401, challenge: null, title: 'The client is not known, or its secret is another one.' },
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
    title: 'The account for this identity needs a decision by somebody here.',
  },
  account_refused: { status: 403, challenge: null, title: 'The account is not admitted here.' },
  origin_untrusted: {
    status: 403,
    challenge: null,
    title: 'A cookie counts for this method only from a trusted origin.',
  },
  permission_denied: { status: 403, challenge: 'insufficient_scope', title: 'The principal lacks the permission.' },
  role_required: { status: 403, challenge: null, title: 'The principal lacks the role.' },
  organization_required: { status: 403, challenge: null, title: 'The principal acts for no organization.' },
  organization_mismatch: { status: 403, challenge: null, title: 'The principal acts for another organization.' },
  exchange_refused: { status: 403, challenge: null, title: 'This credential cannot be exchanged.' },
  sign_in_failed: { status: 400, challenge: null, title: 'The sign-in did not succeed; begin again.' },
  request_invalid: { status: 400, challenge: null, title: 'The request is not valid.' },
  signature_invalid: {
    status: 400,
    challenge: null,
    title: 'The signature of the delivery is missing, wrong or out of time.',
  },
  resource_not_found: { status: 404, challenge: null, title: 'There is no such resource.' },
  method_not_allowed: { status: 405, challenge: null, title: 'The method is not allowed here.' },
  resource_conflict: { status: 409, challenge: null, title: 'The resource is in another state.' },
  limit_reached: { status: 409, challenge: null, title: 'There are as many as there may be.' },
  endpoint_retired: {
    status: 410,
    challenge: null,
    title: 'This endpoint is gone with the system that it belonged to.',
  },
  body_too_large: { status: 413, challenge: null, title: 'The body is too large.' },
  media_type_unsupported: { status: 415, challenge: null, title: 'The body must be of another media type.' },
  rate_limited: { status: 429, challenge: null, title: 'Too many requests with this credential.' },
  verifier_unavailable: { status: 503, challenge: null, title: 'The credential cannot be judged at the moment.' },
  account_unavailable: { status: 503, challenge: null, title: 'The account cannot be looked up at the moment.' },
  password_refused: { status: 400, challenge: null, title: 'This password cannot be set.' },
  password_format_unknown: {
    status: 503,
    challenge: null,
    title: 'The stored password is of a format that cannot be checked here.',
  },
  password_hash_malformed: { status: 503, challenge: null, title: 'The stored password is damaged.' },
  password_cost_refused: {
    status: 503,
    challenge: null,
    title: 'Checking the stored password would cost more than is allowed here.',
  },
  password_checks_busy: { status: 503, challenge: null, title: 'Too many passwords are being checked at the moment.' },
  policy_unavailable: { status: 503, challenge: null, title: 'It cannot be told at the moment what is accepted.' },
  store_unavailable: { status: 503, challenge: null, title: 'What is stored cannot be reached at the moment.' },
  configuration_invalid: { status: 500, challenge: null, title: 'An option of dualauth is wrong.' },
  middleware_missing: { status: 500, challenge: null, title: 'A guard ran where no dualAuth() is mounted.' },
  middleware_conflict: { status: 500, challenge: null, title: 'Two dualAuth() mounts govern the same path.' },
  guard_not_called: { status: 500, challenge: null, title: 'A guard or dualAuth was passed without calling it.' },
  principal_missing: { status: 500, challenge: null, title: 'No guard authenticated this request.' },
} as const

/** Says which refusal it is; the contract, unlike its wording. */
export type ErrorCode = keyof typeof ERRORS

/** Nobody can tell now: never a 401, which logs people out. */
export function isOutage(code: ErrorCode): boolean {
  return ERRORS[code].status === 503
}
