import { AuthError, type Principal } from '@dualauth/core'
import { discreetError } from '@dualauth/core/adapter'
import { optionError } from '@dualauth/core/settings'

/** A user of Better Auth. */
export type BetterAuthUser = Readonly<Record<string, unknown>>

/** A user to create in Better Auth. */
export interface NewBetterAuthUser {
  readonly email: string
  readonly name: string
  /** Default false: the ownership of the mailbox is not proved here. */
  readonly emailVerified?: boolean
  /**
   * Further columns of the table `user`. With the admin plugin, `role` is null unless you set it: the plugin's default
   * role would be more than the old credential has, and such a session is refused.
   */
  readonly [column: string]: unknown
}

/** Describes a person whom Better Auth does not know yet. Null: no user is created. */
export type ProvisionBetterAuthUser = (
  principal: Principal,
) => NewBetterAuthUser | null | Promise<NewBetterAuthUser | null>

/** The part of Better Auth's internal adapter that finds and makes users; the same from 1.4 to 1.7. */
export interface UserAdapter {
  findUserById(id: string): Promise<BetterAuthUser | null>
  findUserByEmail(email: string): Promise<unknown>
  createUser(user: BetterAuthUser): Promise<BetterAuthUser | null>
  deleteUser(id: string): Promise<unknown>
}

/** The part of the context of a Better Auth instance that is used. */
export interface UserContext {
  readonly internalAdapter: UserAdapter
  readonly options?: { readonly plugins?: readonly { readonly id?: string }[] } | undefined
}

/**
 * The user of this id, who is made where there is none and `provision` says who that is. Nobody is found by address: one that is
 * taken belongs to somebody else until they prove otherwise.
 *
 * @throws {AuthError} `account_conflict` (`address_taken`); `account_refused`: a hook of the Better Auth instance said no;
 * `configuration_invalid`: Better Auth keeps another id than the one it was given.
 */
export async function userOf(
  { internalAdapter: adapter, options }: UserContext,
  id: string,
  principal: Principal,
  provision: ProvisionBetterAuthUser | undefined,
): Promise<BetterAuthUser | null> {
  const known = await discreetly(() => adapter.findUserById(id), [id])
  if (known !== null && known !== undefined) return known
  const asked = provision === undefined ? null : await provision(principal)
  if (asked === null) return null
  assertUser(asked)
  if (await isTaken(adapter, asked.email)) return (await adapter.findUserById(id)) ?? conflict()
  const hasRoles = options?.plugins?.some((plugin) => plugin.id === 'admin') === true
  return make(adapter, id, { emailVerified: false, ...(hasRoles && { role: null }), ...asked })
}

async function make(adapter: UserAdapter, id: string, user: NewBetterAuthUser): Promise<BetterAuthUser> {
  let made: BetterAuthUser | null
  try {
    made = await discreetly(() => adapter.createUser({ ...user, id }), [id, ...Object.values(user)])
  } catch (cause) {
    // Two requests at once, of which the other was first.
    const other = await adapter.findUserById(id)
    if (other !== null && other !== undefined) return other
    if (await isTaken(adapter, user.email)) conflict()
    throw cause
  }
  if (made === null || made === undefined) throw new AuthError('account_refused')
  if (String(made['id']) === id) return made
  await adapter.deleteUser(String(made['id']))
  throw optionError(
    'betterAuthMinter.provision',
    'needs a Better Auth instance that keeps the id of a user it is given',
  )
}

async function isTaken(adapter: UserAdapter, email: string): Promise<boolean> {
  return ((await discreetly(() => adapter.findUserByEmail(email), [email])) ?? null) !== null
}

/**
 * What a database refuses is an event for operators. Drivers repeat the row in it, with the address of a person and the token of a session.
 * @param given To the database; Better Auth keeps addresses in lower case.
 */
export async function discreetly<T>(ask: () => Promise<T>, given: readonly unknown[]): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw discreetError(cause, [...given, ...given.map((value) => String(value).toLowerCase())])
  }
}

function conflict(): never {
  throw new AuthError('account_conflict', { reason: 'address_taken' })
}

function assertUser(asked: unknown): asserts asked is NewBetterAuthUser {
  const { email, name } = (asked ?? {}) as Partial<NewBetterAuthUser>
  if (typeof email !== 'string' || email === '' || typeof name !== 'string')
    throw new TypeError('betterAuthMinter.provision must return { email, name, … }, or null')
}
