import type { MaybePromise } from '../async/maybe-promise.js'
import type { HeaderView } from '../http/request.js'
import type { RequestTarget } from '../http/target.js'

/** The request as `organization` sees it, the same in every framework. */
export interface NamingRequest {
  /** In upper case; empty if the request does not say. */
  readonly method: string
  /** The value of a header field; several fields of one name are joined by `, `. Null if it is missing. */
  header(name: string): string | null
  /** The host and path, for an organization in either. Chosen by the caller, so they prove nothing. */
  target(): RequestTarget
}

/**
 * Names the organization that a request acts for. Undefined keeps the organization from `link`; null acts for none. Any
 * other id must be one of the account's; otherwise the request is refused with `organization_mismatch`. A throw means
 * "cannot tell" and becomes 503.
 */
export type NameOrganization = (request: NamingRequest) => MaybePromise<string | null | undefined>

export function namingRequest(view: HeaderView): NamingRequest {
  return {
    method: view.method,
    target: () => view.target(),
    header(name) {
      const values = view.values(name.toLowerCase())
      return values.length === 0 ? null : values.join(', ')
    },
  }
}
