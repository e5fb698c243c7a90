import { SLUG } from '../settings/schemas.js'

/** The refusals that `link` may give. */
const LINK_REFUSALS = ['identity_unlinked', 'account_deactivated', 'account_conflict', 'account_refused'] as const

/** One of the refusals that `link` may give. */
export type LinkRefusalCode = (typeof LINK_REFUSALS)[number]

/** What `link` returns to refuse an identity. */
export interface LinkRefusal {
  /**
   * `identity_unlinked`: no account is linked to it, the same as null. `account_deactivated`: the account is closed.
   * `account_conflict`: the account belongs to somebody else, for example because the e-mail address is taken. A person
   * must resolve it. `account_refused`: the application refuses it for a reason of its own. All are 403.
   */
  readonly refuse: LinkRefusalCode
  /**
   * A slug of the application, such as `email_taken`: a lower-case letter, then up to 63 of `a-z`, `0-9`, `-` and `_`.
   * It is sent to the caller and appears in events, so it must not name a person.
   */
  readonly reason?: string | undefined
  /**
   * For operators, such as an error that names an empty column. It appears in the event `refused` and as `cause` of the
   * error, and is never sent. Default: none.
   */
  readonly cause?: unknown
}

/** An account may have any further field, but an object with `refuse` is never let in. */
export function isRefusal(answer: object): answer is LinkRefusal {
  return (answer as Partial<LinkRefusal>).refuse !== undefined
}

/** @throws {TypeError} unless the code is known and the reason, if any, is a slug. */
export function assertRefusal({ refuse, reason }: LinkRefusal, asked: string): void {
  if (!LINK_REFUSALS.includes(refuse))
    throw new TypeError(`${asked}: \`refuse\` must be one of ${LINK_REFUSALS.join(', ')}`)
  if (reason !== undefined && (typeof reason !== 'string' || !SLUG.test(reason)))
    throw new TypeError(`${asked}: \`reason\` must be a slug such as \`email_taken\``)
}
