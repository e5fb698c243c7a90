import type {
  EndpointName,
  ErrorCode,
  ExchangeReason,
  IssuerReason,
  RejectionReason,
  ShadowClass,
  ShadowComparison,
} from '@dualauth/core'

/**
 * All words that a label may hold. The type keeps the list complete: a new word in core does not compile until it is listed
 * here.
 */
type Words<T extends string> = Readonly<Record<T, true>>

export const CODES: Words<ErrorCode> = {
  credential_missing: true,
  credential_malformed: true,
  credential_too_large: true,
  credential_ambiguous: true,
  credential_unsupported: true,
  credential_invalid: true,
  credential_expired: true,
  credential_revoked: true,
  legacy_retired: true,
  credential_not_accepted: true,
  sign_in_required: true,
  client_invalid: true,
  identity_conflict: true,
  identity_unlinked: true,
  account_banned: true,
  account_deactivated: true,
  account_conflict: true,
  account_refused: true,
  origin_untrusted: true,
  permission_denied: true,
  role_required: true,
  organization_required: true,
  organization_mismatch: true,
  exchange_refused: true,
  sign_in_failed: true,
  request_invalid: true,
  signature_invalid: true,
  resource_not_found: true,
  method_not_allowed: true,
  resource_conflict: true,
  limit_reached: true,
  endpoint_retired: true,
  body_too_large: true,
  media_type_unsupported: true,
  rate_limited: true,
  verifier_unavailable: true,
  account_unavailable: true,
  password_refused: true,
  password_format_unknown: true,
  password_hash_malformed: true,
  password_cost_refused: true,
  password_checks_busy: true,
  policy_unavailable: true,
  store_unavailable: true,
  configuration_invalid: true,
  middleware_missing: true,
  middleware_conflict: true,
  guard_not_called: true,
  principal_missing: true,
}

/** Could not be decided: answered with 503. */
export const OUTAGES: Readonly<Record<string, true>> = {
  verifier_unavailable: true,
  account_unavailable: true,
  policy_unavailable: true,
  store_unavailable: true,
  password_checks_busy: true,
}

export const REASONS: Words<RejectionReason> = {
  algorithm: true,
  key_unknown: true,
  signature: true,
  issuer: true,
  audience: true,
  purpose: true,
  claims: true,
  schema: true,
  bound_to_key: true,
  expired: true,
  not_yet_valid: true,
  revoked: true,
  inactive: true,
  session_unknown: true,
  anonymous: true,
  user_unknown: true,
  banned: true,
  checksum: true,
  unknown_key: true,
  impersonated: true,
  remote: true,
  rate_limited: true,
  throttled: true,
  acceptance_ended: true,
  management_key: true,
  seal: true,
  principal: true,
  organization: true,
  retired: true,
  not_yet: true,
  issued_after_cut_off: true,
  acceptance_over: true,
  too_old: true,
  undated: true,
}

export const EXCHANGE_REASONS: Words<ExchangeReason> = {
  stage: true,
  cohort: true,
  no_rollout: true,
  settling: true,
  verifier: true,
  api_key: true,
  service: true,
  impersonated: true,
  limit: true,
  no_account: true,
  no_tokens: true,
  current: true,
  mismatch: true,
  stronger: true,
  longer: true,
}

export const SHADOW_CLASSES: Words<ShadowClass> = {
  different_user: true,
  different_organization: true,
  only_new_accepts: true,
  privilege_gain: true,
  only_old_accepts: true,
  privilege_loss: true,
  expiry_differs: true,
  missing: true,
  deactivated: true,
  new_error: true,
  new_timeout: true,
}

export const SHADOW_COMPARISONS: Words<ShadowComparison> = { paired: true, directory: true, permission: true }

export const ISSUER_REASONS: Words<IssuerReason> = {
  stage: true,
  cut_off: true,
  settling: true,
  excluded: true,
  held: true,
  included: true,
  new_user: true,
  rollout: true,
  no_rollout: true,
  unit_missing: true,
}

export const SIDES: Words<'old' | 'new'> = { old: true, new: true }

/** How `@dualauth/postgres` records how a link was created. */
export const LINKED_BY: Readonly<Record<string, true>> = {
  'first-sign-in': true,
  provisioned: true,
  import: true,
  exchange: true,
  scim: true,
  admin: true,
}

export const ENDPOINTS: Words<EndpointName> = {
  'sign-in': true,
  callback: true,
  'sign-out': true,
  refresh: true,
  'api-keys': true,
  webhook: true,
  metrics: true,
}
