import * as oauth from 'oauth4webapi'

const OF_THE_CLIENT = [
  oauth.AuthorizationResponseError,
  oauth.OperationProcessingError,
  oauth.ResponseBodyError,
  oauth.UnsupportedOperationError,
  oauth.WWWAuthenticateChallengeError,
] as const
/** @see RFC 6749 section 5.2 */
const ERROR_CODE = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,64}$/

/**
 * What failed, for logs: its words and codes. The error itself carries what the provider answered, in which descriptions repeat
 * tokens and addresses, and the claims of an id token that was refused. What a network says is left as it is.
 */
export function plainCause(cause: unknown): unknown {
  if (!OF_THE_CLIENT.some((kind) => cause instanceof kind)) return cause
  const { name, message, code, error, status } = cause as Error & Partial<Record<'code' | 'error' | 'status', unknown>>
  return Object.assign(new Error(message), {
    name,
    ...(typeof code === 'string' && { code }),
    ...(typeof error === 'string' && ERROR_CODE.test(error) && !error.includes('@') && { error }),
    ...(typeof status === 'number' && { status }),
  })
}
