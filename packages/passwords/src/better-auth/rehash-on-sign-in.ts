import { isAuthError } from '@dualauth/core'
import type { Passwords } from '../create-passwords.js'
import { credentialOf, hookOf, type AccountRow, type HookContext, type PasswordPlugin } from './plugin.js'

const PATHS = ['/sign-in/email', '/sign-in/username', '/sign-in/phone-number']

/**
 * A plugin of Better Auth that replaces the hash of a person who has just signed in with a password, where it is not of the
 * option `target`. Better Auth itself leaves a foreign hash as it is, for ever.
 *
 * It is checked once more against the hash that is there now, and the row is written only if it still holds that one, so that a password
 * that is changed meanwhile stays changed. A password of which bcrypt has looked at a part only keeps its hash: the rest may be mistyped.
 * A failure is logged and does not spoil the sign-in: the next one tries again. Put it before `twoFactor` in `plugins`, which
 * takes the new session away from the plugins after it.
 */
export function rehashOnSignIn(passwords: Passwords): PasswordPlugin<'dualauth-rehash'> {
  return {
    id: 'dualauth-rehash',
    hooks: {
      after: [
        hookOf(PATHS, async (context) => {
          const { newSession, internalAdapter, logger } = context.context
          const password = (context.body as { readonly password?: unknown } | undefined)?.password
          if (newSession === null || newSession === undefined || typeof password !== 'string') return
          try {
            const account = credentialOf(await internalAdapter.findAccounts(newSession.user.id))
            if (account !== undefined) await rehash(passwords, context, account, password)
          } catch (cause) {
            logger.error(`dualauth-rehash: the hash stays as it is (${isAuthError(cause) ? cause.code : 'database'})`)
          }
        }),
      ],
    },
  }
}

async function rehash(
  passwords: Passwords,
  { context: { adapter } }: HookContext,
  { id, password: old }: AccountRow,
  password: string,
): Promise<void> {
  if (typeof old !== 'string' || !passwords.describeHash(old).needsRehash) return
  const { needsRehash, truncated } = await passwords.verifyPassword(old, password)
  if (!needsRehash || truncated) return
  await adapter.updateMany({
    model: 'account',
    where: [
      { field: 'id', value: id },
      { field: 'password', value: old },
    ],
    update: { password: await passwords.hashPassword(password), updatedAt: new Date() },
  })
}
