import type { AuthResult, DualAuth } from '../../dual-auth.js'
import type { AuthError } from '../../errors/auth-error.js'
import { NO_SCHEME } from '../../extract/credential.js'
import type { ErrorCode } from '../../errors/error-table.js'
import type { AuthRequest } from '../../http/request.js'
import { REJECTION_CODES, type RejectionCode } from '../../route/verifier.js'
import {
  claimToSend,
  readCredential,
  toRemoteIdentity,
  type RemoteAnswer,
  type RemoteCookie,
  type RemoteCredential,
  type RemoteVersion,
} from './protocol.js'

/** In the oldest version: the answer to an unknown version, so that the API can ask again in an older one. */
const CANNOT_TELL: RemoteAnswer = /* @__PURE__ */ Object.freeze({
  version: 2,
  outcome: 'unavailable',
  retryAfterSeconds: null,
  cookies: [],
})

/** The service's side of `remote`: verifies a credential that an API received, or ends its session. */
export type ValidateRemote = (credential: RemoteCredential) => Promise<RemoteAnswer>

/**
 * Serves `remote` verifiers of other services with this instance, over an RPC method, a queue, or any transport that
 * the app trusts. The transport must decide who may ask; `serveRemoteFetch` requires a secret.
 *
 * Decides what `auth.authenticate` decides, and passes an app's logout to `auth.endSession`. Does not check the origin
 * of a request: the asking API does.
 */
export function serveRemote(auth: Pick<DualAuth, 'authenticate' | 'endSession'>): ValidateRemote {
  return async (sent) => {
    const credential = readCredential(sent)
    if (credential === null) return CANNOT_TELL
    const request = requestOf(credential)
    const { version, fresh, refresh, counted = false } = credential
    if (credential.operation === 'end-session')
      return auth.endSession(request).then(
        () => ({ version, outcome: 'ended' }),
        () => ({ ...CANNOT_TELL, version }),
      )
    // In version 2, the instance's own option is called with a request that contains only the credential.
    const organization = version === 2 ? {} : { organization: () => credential.organization }
    return answerOf(version, await auth.authenticate(request, { fresh, refresh, counted, ...organization }))
  }
}

function requestOf({ carrier, name, value, companions }: RemoteCredential): AuthRequest {
  const headers: Record<string, string> = {}
  if (carrier === 'bearer') headers['authorization'] = `Bearer ${value}`
  else if (carrier === 'scheme') headers['authorization'] = name === NO_SCHEME ? value : `${name} ${value}`
  else if (carrier === 'header') headers[name] = value
  // In quotes, which are removed again: a value may begin or end with a space or a quote.
  else headers['cookie'] = [[name, value], ...companions].map(([each, its]) => `${each}="${its}"`).join('; ')
  // A safe method, so that a cookie needs no proof of origin.
  return { method: 'GET', headers }
}

function answerOf(version: RemoteVersion, result: AuthResult): RemoteAnswer {
  const cookies = result.cookies
    .filter((cookie) => cookie.isEnded?.() !== true)
    .map(({ name, field }) => ({ name, field }))
  if (!result.ok) return refusalOf(version, result.error, result, cookies)
  const { principal, signals } = result
  return {
    version,
    outcome: 'accepted',
    identity: toRemoteIdentity(principal),
    // An API with an older version reads strictly.
    ...(version >= 4 && signals.length > 0 && { signals }),
    cookies,
  }
}

/** The codes in version 2 with the same status. */
const CODES_OF_2: { readonly [Code in ErrorCode]?: RejectionCode } = {
  account_conflict: 'identity_unlinked',
  account_refused: 'account_deactivated',
  organization_mismatch: 'identity_unlinked',
  legacy_retired: 'credential_expired',
  credential_not_accepted: 'credential_invalid',
}

function refusalOf(
  version: RemoteVersion,
  { code, status, retryAfterSeconds, reason: linkReason, notice }: AuthError,
  { reason, claim }: Pick<Extract<AuthResult, { ok: false }>, 'reason' | 'claim'>,
  cookies: readonly RemoteCookie[],
): RemoteAnswer {
  if (status >= 500) return { version, outcome: 'unavailable', retryAfterSeconds, cookies }
  const isAnonymous = code === 'credential_missing' && reason === 'anonymous'
  if (!isAnonymous && (code === 'credential_unsupported' || code === 'credential_missing'))
    return { version, outcome: 'not-mine' }
  // A refusal by another step has no rejection code here.
  const known = REJECTION_CODES.find((one) => one === code) ?? 'credential_invalid'
  // An API that reads strictly does not know `credential_missing` here; `credential_expired` also lets the other
  // cookies decide.
  const passed = isAnonymous ? 'credential_expired' : known
  return {
    version,
    outcome: 'rejected',
    code: version === 2 ? (CODES_OF_2[code] ?? passed) : passed,
    reason,
    claim: claimToSend(claim),
    ...(version !== 2 && linkReason !== null && { linkReason }),
    ...(version >= 4 && notice !== null && { notice }),
    retryAfterSeconds,
    cookies,
  }
}
