import { APIError, getSessionFromCtx } from 'better-auth/api'
import { hasMoved, moveKey } from '../legacy-moves.js'
import { hookOf, type HookContext, type PasswordHook } from '../plugin.js'
import { addressOf, ask } from './ask.js'
import type { Settings } from './options.js'

/** Keep the addresses of people who have not come yet from those who would sign up with them, or change theirs to them. */
export function guards(settings: Settings): PasswordHook[] {
  return [
    hookOf(['/sign-up/email'], (context) => {
      const { email } = (context.body ?? {}) as { readonly email?: unknown }
      return guard(settings, context, email, null)
    }),
    hookOf(['/change-email', '/email-otp/change-email'], async (context) => {
      const { newEmail } = (context.body ?? {}) as { readonly newEmail?: unknown }
      const session = await getSessionFromCtx(context as never)
      // Nobody without a session learns who has not come yet: Better Auth refuses it.
      if (session !== null) await guard(settings, context, newEmail, session.user.id)
    }),
  ]
}

/** @param userId Who wants the address, of those who are here. */
async function guard(settings: Settings, context: HookContext, email: unknown, userId: string | null): Promise<void> {
  const address = addressOf(email)
  const person = address === null ? null : await ask(settings, context, address)
  if (address === null || person === null) return
  // The person may take the address, and after the move the address is like any other.
  const key = person.id === undefined ? moveKey('address', address) : moveKey('user', person.id)
  if (await hasMoved(context.context.adapter, key)) return
  if (person.id !== undefined && userId === person.id) return
  throw new APIError('UNPROCESSABLE_ENTITY', {
    code: 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL',
    message: 'User already exists. Use another email.',
  })
}
