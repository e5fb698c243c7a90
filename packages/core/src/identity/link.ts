import { andThen, attempt, promised, type MaybePromise } from '../async/maybe-promise.js'
import type { UnlinkedIdentity } from '../errors/auth-error.js'
import type { VerifiedIdentity } from '../route/verifier.js'
import { identityOf } from '../verify/identity.js'
import { organizationOf } from './grants.js'
import { isMoved, principalOf } from './principal-of.js'
import type { Account, Link, LinkInput, Principal } from './principal.js'
import { assertRefusal, isRefusal, type LinkRefusal, type LinkRefusalCode } from './refusal.js'

export type Linked =
  | { readonly ok: true; readonly principal: Principal }
  | {
      readonly ok: false
      readonly code: LinkRefusalCode
      /** The application's own. */
      readonly linkReason?: string | undefined
      /** The cause that `link` gives to operators. */
      readonly cause?: unknown
      /** Set if `link` knows no account, or the account is somebody else's. */
      readonly identity?: UnlinkedIdentity
    }
  | { readonly ok: false; readonly code: 'account_unavailable'; readonly cause: unknown }

/** The option that was asked, for messages. */
type Asked = 'link' | 'account'

/** With one verifier the subject is the account; `createDualAuth` refuses this default for several. */
export const linkBySubject: Link = ({ subject }) => ({ id: subject })

/** Finds the account for a verified identity. */
export function linkIdentity(
  verifier: string,
  identity: VerifiedIdentity,
  link: Link,
  asked: Asked = 'link',
): MaybePromise<Linked> {
  const { issuer, subject, kind, claims, organization, roles, permissions, ownSubject, contact } = identity
  const stated = { verifier, issuer, subject, kind, claims, organization, roles, permissions }
  const more = { ...(ownSubject === true && { ownSubject }), ...(contact !== undefined && { contact }) }
  const input = { ...stated, ...more }
  return attempt(
    () => andThen(promised(link(input as LinkInput)), (account) => linkedTo(account, verifier, identity, asked)),
    (cause): Linked => ({ ok: false, code: 'account_unavailable', cause }),
  )
}

/** Finds an account by the application's own id. */
export type FindAccount = (id: string) => MaybePromise<Account | LinkRefusal | null>

/** An identity without a credential: there is no issuer, and only the account itself grants anything. */
export function accountIdentity(id: string): VerifiedIdentity {
  return identityOf({ issuer: '', subject: id, claims: null })
}

/** The principal of an account without a credential, by the rules of `link`. */
export function linkAccount(id: string, account: FindAccount): MaybePromise<Linked> {
  const link: Link = () =>
    andThen(promised(account(id)), (found) => {
      if (found !== null && found !== undefined && !isRefusal(found) && found.id !== id)
        throw new TypeError('account: must return null, or the account whose `id` was asked for')
      return found
    })
  return linkIdentity('', accountIdentity(id), link, 'account')
}

function linkedTo(
  account: Account | LinkRefusal | null,
  verifier: string,
  identity: VerifiedIdentity,
  asked: Asked,
): Linked {
  if (account === null || account === undefined)
    return refusedBy({ refuse: 'identity_unlinked' }, verifier, identity, asked)
  if (isRefusal(account)) return refusedBy(account, verifier, identity, asked)
  assertAccount(account, asked)
  if (account.active === false) return { ok: false, code: 'account_deactivated' }
  // A key made for one organization cannot act in another.
  if (identity.scopes !== null && isMoved(identity, account.organization))
    return { ok: false, code: 'identity_unlinked' }
  const organization = organizationOf(identity, account)
  return { ok: true, principal: principalOf(verifier, identity, Object.freeze(copyOf(account)), organization) }
}

function refusedBy(
  refusal: LinkRefusal,
  verifier: string,
  { issuer, subject }: VerifiedIdentity,
  asked: Asked,
): Linked {
  assertRefusal(refusal, asked)
  const { refuse: code, reason: linkReason, cause } = refusal
  // For a page that links the identity, or shows it to the person who resolves the conflict.
  const isOfNobody = code === 'identity_unlinked' || code === 'account_conflict'
  return { ok: false, code, linkReason, cause, ...(isOfNobody && { identity: { verifier, issuer, subject } }) }
}

function isGrants(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((grant) => typeof grant === 'string' || (typeof grant === 'object' && grant !== null))
  )
}

function assertAccount(account: Account, asked: Asked): void {
  if (typeof account.id !== 'string' || account.id === '')
    throw new TypeError(`${asked}: must return null, an account whose \`id\` is a string, or { refuse }`)
  if (account.active !== undefined && typeof account.active !== 'boolean')
    throw new TypeError(`${asked}: \`active\` must be a boolean`)
  // A null from a database row must neither restore the credential's own grants nor count as the app's.
  for (const grants of ['roles', 'permissions'] as const)
    if (account[grants] !== undefined && !isGrants(account[grants]))
      throw new TypeError(`${asked}: \`${grants}\` must be a list of names or of grants in an organization`)
  const { organization } = account
  if (organization !== undefined && organization !== null && typeof organization !== 'string')
    throw new TypeError(`${asked}: \`organization\` must be a string or null`)
  if (account.memberships !== undefined && !isMemberships(account.memberships))
    throw new TypeError(
      `${asked}: \`memberships\` must be a list of organization ids or of { organization, roles, permissions }`,
    )
}

function isMemberships(value: unknown): boolean {
  const isNames = (names: unknown): boolean =>
    names === undefined || (Array.isArray(names) && names.every((name) => typeof name === 'string'))
  return (
    Array.isArray(value) &&
    value.every((one: unknown) => {
      if (typeof one === 'string') return true
      const { organization, roles, permissions } = (one ?? {}) as { readonly [member: string]: unknown }
      return typeof organization === 'string' && isNames(roles) && isNames(permissions)
    })
  )
}

/** Copies without spread: a spread object gets a new hidden class each time it is frozen. */
function copyOf(account: Account): Account {
  // For an account with nothing but an id: an object of exactly that size.
  if (Object.keys(account).length === 1) return { id: account.id }
  const copy = Object.assign({}, account)
  // A row from JSON may have such a member. The assignment has made it the prototype of the copy.
  if (Object.hasOwn(account, '__proto__')) Object.setPrototypeOf(copy, Object.prototype)
  return copy
}
