import { functionOption, object, parseOptions, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { inTime } from '../work/in-time.js'
import { createOneByOne } from '../work/one-by-one.js'
import type { LegacyLogin, PushPassword, PushResult } from './on-legacy-login.js'

/** The part of `workos.userManagement` (`@workos-inc/node`) that is used. */
export interface WorkosUsers {
  getUser(userId: string): Promise<WorkosUser>
  getUserByExternalId(externalId: string): Promise<WorkosUser>
  updateUser(change: {
    readonly userId: string
    readonly password: string
    readonly metadata: Record<string, string>
  }): Promise<unknown>
}

/** What is read of a user. */
export interface WorkosUser {
  readonly id: string
  readonly lastSignInAt: string | null
  readonly metadata: Readonly<Record<string, string>>
}

/** The options of `workosPasswords`. */
export interface WorkosPasswordsOptions {
  /** `workos.userManagement` of `new WorkOS(apiKey)`. */
  readonly users: WorkosUsers
  /** The WorkOS id of a person, such as by their link; null: not linked. Left out: the user whose `external_id` is the id of the application. */
  readonly find?: (userId: string) => Promise<string | null> | string | null
}

const schema = object({
  users: withMethods<WorkosUsers>(['getUser', 'getUserByExternalId', 'updateUser'], 'workos.userManagement'),
  find: z.exactOptional(functionOption<NonNullable<WorkosPasswordsOptions['find']>>()),
})

/** In the user's metadata: when it was done. */
const MARK = 'dualauth_password_set'

/**
 * For `onLegacyLogin`: sets the password of a user of WorkOS who has never signed in there, once. WorkOS does not say
 * whether somebody has a password; choosing one there is a sign-in, so whoever has signed in is left alone. That it was
 * done is noted in the user's metadata (`dualauth_password_set`) by the same request. Of several at one moment, one is
 * written in each process; WorkOS writes nothing on a condition, so another process may write as well, and the last one
 * counts. A password that WorkOS finds too weak fails.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function workosPasswords(options: WorkosPasswordsOptions): PushPassword {
  const { users, find } = parseOptions(schema, options, 'workosPasswords')
  const oneByOne = createOneByOne()
  return (login, signal) => oneByOne(login.userId, () => inTime(push(users, find, login, signal), signal))
}

async function push(
  users: WorkosUsers,
  find: WorkosPasswordsOptions['find'],
  { userId, password }: LegacyLogin,
  signal: AbortSignal,
): Promise<PushResult> {
  signal.throwIfAborted()
  const user = await userOf(users, find, userId)
  if (user === null) return 'absent'
  if (user.lastSignInAt !== null || user.metadata[MARK] !== undefined) return 'kept'
  signal.throwIfAborted()
  const metadata = { ...user.metadata, [MARK]: new Date().toISOString() }
  await users.updateUser({ userId: user.id, password, metadata })
  return 'set'
}

async function userOf(
  users: WorkosUsers,
  find: WorkosPasswordsOptions['find'],
  userId: string,
): Promise<WorkosUser | null> {
  const own = find === undefined ? undefined : await find(userId)
  if (own === null) return null
  try {
    return own === undefined ? await users.getUserByExternalId(userId) : await users.getUser(own)
  } catch (error) {
    if ((error as { readonly status?: unknown } | null)?.status === 404) return null
    throw error
  }
}
