import type { NameOrganization } from './request/organization.js'

/** How `authenticate` judges. */
export interface AuthenticateOptions {
  /** True judges past every cache, also those that the credential brings along. Default false. */
  readonly fresh?: boolean
  /**
   * True lets a verifier refresh a session; write the `cookies` of the result then, or its user is
   * logged out. Default false: what would have to be refreshed is refused as expired, and `touch` slides nothing.
   */
  readonly refresh?: boolean
  /**
   * True where this use of the credential was counted before, such as when its connection was opened: limits of an API key
   * are then neither judged nor spent. Default false.
   */
  readonly counted?: boolean
  /**
   * In place of the instance's option `organization`, for a request of your own making that cannot carry it:
   * `organization: () => 'acme'`. Undefined leaves what `link` said, null acts for none; not a member is refused.
   */
  readonly organization?: NameOrganization
  /**
   * Since when the caller holds what the credential was refreshed from, in seconds since the epoch: revocations count this in
   * place of when the credential was issued, because a refresh is no new sign-in. Default: the credential's own `iat`.
   */
  readonly heldSince?: number
}
