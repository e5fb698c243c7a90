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
      /** What `link` says of it to operators. */
      readonly cause?: unknown
      /** Where `link` knows no account, or one that is somebody else's. */
      readonly identity?: UnlinkedIdentity
    }
  | { readonly ok: false; readonly code: 'account_unavailable'; readonly cause: unknown }

/** The option that was asked, for messages. */
type Asked = 'link' | 'account'

/** With one verifier the subject is the account; `createDualAuth` refuses this default for several. */
export const linkBySubject: Link = ({ subject }) => ({ id: subject })

/** Which account here is that? */
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

/** The account of this application by its own id. */
export type FindAccount = (id: string) => MaybePromise<Account | LinkRefusal | null>

/** Without a credential: nobody vouches, and nothing but the account itself grants. */
export function accountIdentity(id: string): VerifiedIdentity {
  return identityOf({ issuer: '', subject: id, claims: null })
}

/** The principal that an account is without a credential, by the rules that hold for `link`. */
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
  // A key that was made for one organization acts in no other.
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
  // For a page that links the identity, or tells whoever resolves the conflict which one it is.
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
  // A null from a database row must neither let the credential's own grants back in nor count as the app's.
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

/** Not by spreading: what is frozen after that gets a hidden class of its own each time. */
function copyOf(account: Account): Account {
  // Of an account that says no more than its id, exactly as large as it is.
  if (Object.keys(account).length === 1) return { id: account.id }
  const copy = Object.assign({}, account)
  // A row that was JSON may have such a member; assigned, it has become the prototype of the copy.
  if (Object.hasOwn(account, '__proto__')) Object.setPrototypeOf(copy, Object.prototype)
  return copy
}
