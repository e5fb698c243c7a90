import type { NameOrganization } from './request/organization.js'

/** The options of `authenticate`. */
export interface AuthenticateOptions {
  /** True bypasses every cache, including a cache inside the credential. Default false. */
  readonly fresh?: boolean
  /**
   * True lets a verifier refresh a session. Then write the `cookies` of the result, or the user is logged out. Default
   * false: a session that needs a refresh is refused as expired, and `touch` extends no session.
   */
  readonly refresh?: boolean
  /**
   * True if this use of the credential was counted before, for example when its connection was opened. The limits of an
   * API key are then neither checked nor used up. Default false.
   */
  readonly counted?: boolean
  /**
   * Replaces the instance's option `organization`, for your own requests that cannot carry it: `organization: () =>
   * 'acme'`. Undefined keeps the organization from `link`; null acts for none. An organization that the account is not
   * a member of is refused.
   */
  readonly organization?: NameOrganization
  /**
   * When the caller got the session that this credential was refreshed from, in seconds since the epoch. Revocations
   * use it in place of the credential's own `iat`, because a refresh is not a new sign-in. Default: `iat`.
   */
  readonly heldSince?: number
}
