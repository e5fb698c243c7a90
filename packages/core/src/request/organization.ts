import type { MaybePromise } from '../async/maybe-promise.js'
import type { HeaderView } from '../http/request.js'
import type { RequestTarget } from '../http/target.js'

/** What `organization` sees of a request, the same in every framework. */
export interface NamingRequest {
  /** In upper case; empty if the request does not say. */
  readonly method: string
  /** The value of a header field; several fields of one name are joined by `, `. Null if it is missing. */
  header(name: string): string | null
  /** The host and path that the caller chose, for an organization in the host or the path; never proof of anything. */
  target(): RequestTarget
}

/**
 * Names the organization that a request acts for. Undefined leaves what `link` said, null acts for none.
 * Any other id must be one of the account's, else the request is refused with `organization_mismatch`.
 * A throw means "cannot tell" and becomes 503.
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
