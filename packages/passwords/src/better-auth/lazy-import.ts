import { AuthError } from '@dualauth/core'
import { functionOption, object, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import { APIError } from 'better-auth/api'
import * as z from 'zod/mini'
import type { Passwords } from '../create-passwords.js'
import { credentialOf, hookOf, type HookContext, type PasswordPlugin } from './plugin.js'

/** A person of the old system. */
export interface LegacyPerson {
  /** As the old system stored it; null: no password, so that none is right. */
  readonly hash: string | null
  /** Becomes the id in Better Auth. Default: a new one. With your own ids no link is needed afterwards. */
  readonly id?: string
  /** Default empty. */
  readonly name?: string
  /** Whether the address was proven. Anything but true counts as not. */
  readonly emailVerified?: boolean | null
  /** A picture, by its URL. */
  readonly image?: string | null
  /** Further fields of Better Auth's user. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** What `lazyImport` takes. */
export interface LazyImportOptions {
  /** `createPasswords(…)`, which checks the hash of the old side within bounds. */
  readonly passwords: Passwords
  /**
   * Asks the old side for a person. A rejection is an outage: 503.
   *
   * @param email In lower case; untrusted.
   * @returns Null: there is none.
   */
  readonly find: (email: string) => Promise<LegacyPerson | null> | LegacyPerson | null
  /** How long the old side may take, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number
  /**
   * Whether nobody may sign up with the address of a person who has not come yet: somebody else could take it. Default true. The
   * answer is Better Auth's own for an address that is taken.
   */
  readonly guardSignUp?: boolean
}

const schema = object({
  passwords: withMethods<Passwords>(
    ['verifyPassword', 'hashPassword', 'describeHash'],
    'what createPasswords() returned',
  ),
  find: functionOption<LazyImportOptions['find']>('a function of an e-mail address'),
  timeoutMs: z._default(wholeBetween(1, 60_000), 5_000),
  guardSignUp: z._default(z.boolean(), true),
})

type Settings = Required<LazyImportOptions>

const MARK = 'dualauthLegacyChecked'

/**
 * A plugin of Better Auth that moves a person at the first sign-in: nobody is copied in advance, and nobody chooses a new password.
 *
 * Before `/sign-in/email`, an address without a password in Better Auth is looked up at the old side. If the password is that of the hash
 * there, user and account are written, in one transaction where the database has them, and Better Auth goes on as if they had always
 * been there. People who are there already are never touched: not even one with the same address and another way of signing in. The
 * exception is a user whose id is the one that `find` gives, who gets the password.
 *
 * A wrong password and an unknown address are Better Auth's own 401, after the same work. An outage of the old side, and a hash that
 * cannot be judged, are 503. New hashes are of the option `target`; a target other than Better Auth's own needs `betterAuthPassword`, too.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 */
export function lazyImport(options: LazyImportOptions): PasswordPlugin<'dualauth-lazy-import'> {
  const settings = parseOptions(schema, options, 'lazyImport') as Settings
  const signUp = settings.guardSignUp ? [hookOf(['/sign-up/email'], (context) => guard(settings, context))] : []
  return {
    id: 'dualauth-lazy-import',
    hooks: {
      before: [hookOf(['/sign-in/email'], (context) => move(settings, context)), ...signUp],
      after: [hookOf(['/sign-in/email'], (context) => evenOut(settings, context))],
    },
  }
}

async function move(settings: Settings, context: HookContext): Promise<object | void> {
  const { email, password } = (context.body ?? {}) as { readonly email?: unknown; readonly password?: unknown }
  if (!isAddress(email) || typeof password !== 'string') return
  const { internalAdapter } = context.context
  const address = normalized(email)
  const known = await internalAdapter.findUserByEmail(address, { includeAccounts: true })
  if (known !== null && hasPassword(known.accounts)) return
  const person = await ask(settings, address)
  const isNew = known === null && !(await isThere(context, person))
  const { ok, needsRehash } = await settings.passwords.verifyPassword(person?.hash ?? null, password)
  if (ok && person !== null && (isNew || known?.user.id === person.id)) {
    const hash = needsRehash || person.hash === null ? await settings.passwords.hashPassword(password) : person.hash
    await insertOrRead(context, address, person, hash, known !== null)
  }
  // For the hook after it.
  return { context: { [MARK]: true } }
}

/** Who has moved, and has another address there since, signs in by that one. */
async function isThere({ context: { internalAdapter } }: HookContext, person: LegacyPerson | null): Promise<boolean> {
  return person?.id !== undefined && (await internalAdapter.findUserById(person.id)) !== null
}

/** Somebody else may have been faster, in this process or another. */
async function insertOrRead(
  context: HookContext,
  email: string,
  person: LegacyPerson,
  hash: string,
  hasUser: boolean,
): Promise<void> {
  const { internalAdapter } = context.context
  try {
    if (hasUser) await internalAdapter.linkAccount(accountOf(person.id as string, hash))
    else await insert(context, email, person, hash)
  } catch (cause) {
    const found = await internalAdapter.findUserByEmail(email, { includeAccounts: true })
    if (found === null || !hasPassword(found.accounts)) throw cause
  }
}

async function insert({ context }: HookContext, email: string, person: LegacyPerson, hash: string): Promise<void> {
  const { internalAdapter } = context
  const id = person.id ?? context.generateId({ model: 'user' })
  const user = {
    ...person.fields,
    email,
    emailVerified: person.emailVerified === true,
    name: person.name ?? '',
    ...(person.image !== undefined && { image: person.image }),
  }
  if (typeof id === 'string') {
    await internalAdapter.createOAuthUser({ ...user, id }, accountOf(id, hash))
    return
  }
  // The database makes the id, which the account has to name.
  const made = await internalAdapter.createUser(user)
  if (made === null) throw new AuthError('account_unavailable')
  try {
    await internalAdapter.linkAccount(accountOf(made.id, hash))
  } catch (cause) {
    await internalAdapter.deleteUser(made.id)
    throw cause
  }
}

function accountOf(id: string, password: string): object {
  return { userId: id, accountId: id, providerId: 'credential', password }
}

/**
 * A wrong password of a person who has moved costs what one of a person who has not costs. Otherwise the time would tell who has.
 */
async function evenOut({ passwords }: Settings, context: HookContext): Promise<void> {
  const { returned } = context.context
  const isRefused = (returned as { readonly statusCode?: unknown } | undefined)?.statusCode === 401
  if (!isRefused || (context as unknown as Record<string, unknown>)[MARK] === true) return
  await passwords.verifyPassword(null, 'x')
}

async function guard(settings: Settings, context: HookContext): Promise<void> {
  const { email } = (context.body ?? {}) as { readonly email?: unknown }
  if (!isAddress(email) || (await ask(settings, normalized(email))) === null) return
  throw new APIError('UNPROCESSABLE_ENTITY', {
    code: 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL',
    message: 'User already exists. Use another email.',
  })
}

/** @throws {AuthError} `account_unavailable` */
async function ask({ find, timeoutMs }: Settings, email: string): Promise<LegacyPerson | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the old side did not answer in time')), timeoutMs)
  })
  try {
    const person = await Promise.race([Promise.resolve(email).then(find), late])
    return person ?? null
  } catch (cause) {
    throw new AuthError('account_unavailable', { cause })
  } finally {
    clearTimeout(timer)
  }
}

function hasPassword(accounts: readonly { readonly providerId: string; readonly password?: string | null }[]): boolean {
  return typeof credentialOf(accounts as never)?.password === 'string'
}

const MAX_ADDRESS = 320

function isAddress(email: unknown): email is string {
  return typeof email === 'string' && email.length <= MAX_ADDRESS && /^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(email)
}

function normalized(email: string): string {
  return email.toLowerCase()
}
