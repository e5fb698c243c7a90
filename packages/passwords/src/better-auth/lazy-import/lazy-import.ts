import { AuthError } from '@dualauth/core'
import { APIError } from 'better-auth/api'
import { createOneByOne, type OneByOne } from '../one-by-one.js'
import { hasPassword, hookOf, type HookContext, type PasswordPlugin } from '../plugin.js'
import { bringOver } from './bring-over.js'
import { parseLazyImportOptions, type LazyImportOptions, type LegacyPerson, type Settings } from './options.js'

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
  const settings = parseLazyImportOptions(options)
  const oneByOne = createOneByOne()
  const signUp = settings.guardSignUp ? [hookOf(['/sign-up/email'], (context) => guard(settings, context))] : []
  return {
    id: 'dualauth-lazy-import',
    hooks: {
      before: [hookOf(['/sign-in/email'], (context) => move(settings, oneByOne, context)), ...signUp],
      after: [hookOf(['/sign-in/email'], (context) => evenOut(settings, context))],
    },
  }
}

async function move(settings: Settings, oneByOne: OneByOne, context: HookContext): Promise<object | void> {
  const { email, password } = (context.body ?? {}) as { readonly email?: unknown; readonly password?: unknown }
  if (!isAddress(email) || typeof password !== 'string') return
  const { passwords } = settings
  const address = normalized(email)
  const known = await context.context.internalAdapter.findUserByEmail(address, { includeAccounts: true })
  if (known !== null && hasPassword(known.accounts)) return
  const person = await ask(settings, address)
  const { ok, needsRehash } = await passwords.verifyPassword(person?.hash ?? null, password)
  if (ok && person?.hash != null) {
    const { hash } = person
    await oneByOne(address, () =>
      bringOver(context, address, person, async () => (needsRehash ? passwords.hashPassword(password) : hash)),
    )
  }
  // For the hook after it.
  return { context: { [MARK]: true } }
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

const MAX_ADDRESS = 320

function isAddress(email: unknown): email is string {
  return typeof email === 'string' && email.length <= MAX_ADDRESS && /^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(email)
}

function normalized(email: string): string {
  return email.toLowerCase()
}
