/**
 * The error of one of the client's own calls, such as `me()`, if there is no valid answer. `fetch` returns the response
 * instead.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  /** The code of the problem document, such as `verifier_unavailable`; null if there was none. */
  readonly code: string | null
  /** The status of the answer; 0 if there was none. */
  readonly status: number
  /** The value of `Retry-After`, in seconds; null if there is none that a script can read. */
  readonly retryAfterSeconds: number | null

  constructor(message: string, code: string | null, status: number = 0, retryAfterSeconds: number | null = null) {
    super(message)
    this.code = code
    this.status = status
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Works across copies of the package. */
export function isClientError(value: unknown): value is ClientError {
  return value instanceof Error && value.name === 'ClientError' && 'retryAfterSeconds' in value
}

/** A wrong option, by name. */
export function optionError(option: string, problem: string): ClientError {
  return new ClientError(`createClient.${option}: ${problem}`, 'configuration_invalid')
}
