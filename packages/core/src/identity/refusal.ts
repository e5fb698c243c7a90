import { SLUG } from '../settings/schemas.js'

/** The refusals that `link` may give. */
const LINK_REFUSALS = ['identity_unlinked', 'account_deactivated', 'account_conflict', 'account_refused'] as const

/** One of the refusals that `link` may give. */
export type LinkRefusalCode = (typeof LINK_REFUSALS)[number]

/** What `link` returns for an identity that it lets into no account. */
export interface LinkRefusal {
  /**
   * `identity_unlinked`: no account is linked to it, the same as null. `account_deactivated`: the account is closed.
   * `account_conflict`: it asks for an account that is somebody else's, such as an address that is taken, and somebody
   * has to resolve that. `account_refused`: the application refuses it for a reason of its own. All are 403.
   */
  readonly refuse: LinkRefusalCode
  /**
   * A slug of the application, such as `email_taken`: a lower-case letter, then up to 63 of `a-z`, `0-9`, `-` and `_`. It
   * is sent to the caller and stands in events, so it must name no person.
   */
  readonly reason?: string | undefined
  /**
   * For operators, such as an error that names the column that was not filled: it stands in the event `refused` and as
   * `cause` of the error, and is never sent. Default: nothing.
   */
  readonly cause?: unknown
}

/** An account may have any further field, yet one with `refuse` is let in by no means. */
export function isRefusal(answer: object): answer is LinkRefusal {
  return (answer as Partial<LinkRefusal>).refuse !== undefined
}

/** @throws {TypeError} for anything else than a known code, and a slug where there is a reason. */
export function assertRefusal({ refuse, reason }: LinkRefusal, asked: string): void {
  if (!LINK_REFUSALS.includes(refuse))
    throw new TypeError(`${asked}: \`refuse\` must be one of ${LINK_REFUSALS.join(', ')}`)
  if (reason !== undefined && (typeof reason !== 'string' || !SLUG.test(reason)))
    throw new TypeError(`${asked}: \`reason\` must be a slug such as \`email_taken\``)
}
