import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AuthError } from '@dualauth/core'
import { accountIdOf, credentialAccount } from '../account-id.js'
import { hasMoved, moveKey } from '../legacy-moves.js'
import { hasPassword, type FoundUser, type HookContext } from '../plugin.js'
import type { LegacyPerson } from './options.js'

/** Who it is now; `there`: nothing was to be done, or nothing may be; `conflict`: somebody else has the address. */
export type Came = { readonly userId: string } | 'conflict' | 'there'

/**
 * Makes a person whose password was right, or gives it to the user who is this person, if neither was done before. Nobody else is touched.
 * Another process may be faster: the database takes an address once, and the account of a password, too, because its id is made of the
 * user's.
 *
 * Call it for one address at a time.
 */
export async function bringOver(
  context: HookContext,
  email: string,
  person: LegacyPerson,
  hash: () => Promise<string>,
): Promise<Came> {
  const { internalAdapter, adapter } = context.context
  const known = await whole(context, email, person)
  if (known !== null && hasPassword(known.accounts)) return 'there'
  const isSame = known !== null && known.user.id === person.id
  if (await hasMoved(adapter, keyOf(isSame, email, person))) return 'there'
  if (known !== null && !isSame) return 'conflict'
  // Whoever has another address there since signs in by that one.
  if (known === null && person.id !== undefined && (await internalAdapter.findUserById(person.id)) !== null)
    return 'there'
  const password = await hash()
  try {
    return {
      userId:
        known === null ? await insert(context, email, person, password) : await link(context, known.user.id, password),
    }
  } catch (cause) {
    const found = await whole(context, email, person)
    if (found === null || !hasPassword(found.accounts)) throw cause
    return 'there'
  }
}

function keyOf(isSame: boolean, email: string, { id }: LegacyPerson): string {
  if (id === undefined) return moveKey('address', email)
  return moveKey(isSame ? 'password' : 'user', id)
}

/** How long another process may take between a user and the account, where it writes them without a transaction. */
const HALF_MS = 2_000
const LOOK_EVERY_MS = 50

/** The user with an address, who is not half there any more. */
async function whole(
  { context: { internalAdapter } }: HookContext,
  email: string,
  person: LegacyPerson,
): Promise<FoundUser | null> {
  const from = Date.now()
  for (;;) {
    const found = await internalAdapter.findUserByEmail(email, { includeAccounts: true })
    const isHalf = found !== null && found.accounts.length === 0 && person.id === undefined
    const isNew = from - new Date(found?.user.createdAt ?? 0).getTime() < 2 * HALF_MS
    if (!isHalf || !isNew || Date.now() - from > HALF_MS) return found
    await delay(LOOK_EVERY_MS)
  }
}

/** @returns The id of the user; so do those below. */
async function insert(
  { context }: HookContext,
  email: string,
  person: LegacyPerson,
  password: string,
): Promise<string> {
  const { internalAdapter, options } = context
  const id = person.id ?? context.generateId({ model: 'user' })
  const user = {
    ...person.fields,
    email,
    emailVerified: person.emailVerified === true,
    name: person.name ?? '',
    ...(person.image !== undefined && { image: person.image }),
  }
  if (typeof id !== 'string') return insertCounted(context, user, password)
  try {
    await internalAdapter.createOAuthUser({ ...user, id }, credentialAccount(options, id, password))
    return id
  } catch (cause) {
    // Where there are no transactions, half of a person may be left. Whoever has an id of the old side gets the other half next time.
    if (person.id === undefined) await internalAdapter.deleteUser(id)
    throw cause
  }
}

/** The database makes the id. The account names it once it is known, and is good for signing in before. */
async function insertCounted(
  { internalAdapter, adapter }: HookContext['context'],
  user: object,
  password: string,
): Promise<string> {
  const account = { accountId: randomUUID(), providerId: 'credential', password }
  const made = await internalAdapter.createOAuthUser(user, account)
  if (made.account === null) throw new AuthError('account_unavailable')
  await adapter.updateMany({
    model: 'account',
    where: [{ field: 'id', value: made.account.id }],
    update: { accountId: made.user.id },
  })
  return made.user.id
}

async function link({ context }: HookContext, userId: string, password: string): Promise<string> {
  const { internalAdapter, options, generateId } = context
  const account = credentialAccount(options, userId, password)
  try {
    await internalAdapter.createAccount(account)
  } catch (cause) {
    // A column that takes numbers only, or another process was faster.
    const isOurs = generateId({ model: 'account' }) === false && account['id'] === accountIdOf(userId)
    if (!isOurs || hasPassword(await internalAdapter.findAccounts(userId))) throw cause
    await internalAdapter.createAccount({ ...account, id: undefined })
  }
  return userId
}
