import { isAuthError } from '@dualauth/core'
import { functionOption, object, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { inTime } from '../work/in-time.js'

/** A person whose password the old side has just accepted. */
export interface LegacyLogin {
  /** The id of the application. */
  readonly userId: string
  /** In plain text. Passed only to `to`. */
  readonly password: string
}

/**
 * The result on the new side. `set`: it is now the person's password there. `kept`: they already have one, or have
 * signed in there, and nothing was changed. `absent`: the person does not exist there.
 */
export type PushResult = 'absent' | 'kept' | 'set'

/**
 * Sets a person's password on the new side: `betterAuthPasswords(…)`, `workosPasswords(…)`, or a function of yours,
 * which must not overwrite a password that was chosen there. A rejection is an outage; the next login tries again.
 *
 * @param signal Aborts after `timeoutMs`; pass it on to `fetch`.
 */
export type PushPassword = (login: LegacyLogin, signal: AbortSignal) => Promise<PushResult>

/** The outcome of one login. It names no person. */
export interface PasswordPushEvent {
  readonly type: 'password_push'
  /** `dropped`: too many were under way. */
  readonly outcome: PushResult | 'dropped' | 'failed'
  /** Of what failed: `timeout`, `password_truncated` (longer than `checkedBytes`), the code of an `AuthError`, else `push_failed`. */
  readonly code: string | null
}

/** The options of `onLegacyLogin`. */
export interface LegacyLoginOptions {
  /** Sets the password on the new side. */
  readonly to: PushPassword
  /** How long it may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** Maximum number in progress. Others are dropped and tried again at their next login. Default 32. */
  readonly maxInFlight?: number
  /**
   * How many bytes of a password the old side checks. A longer password is not passed on, because its unchecked end may
   * contain a typing error. Default 72, as with bcrypt; use 4,096 if its hashes are not bcrypt.
   */
  readonly checkedBytes?: number
  /** Called for each push, without address, id or password. Errors are ignored. Default: none. */
  readonly onEvent?: (event: PasswordPushEvent) => void
}

/** Call it, without waiting, after each login of the old side that was right. What it returns never rejects; hand it to `waitUntil` where there is one. */
export type LegacyLoginHook = (login: LegacyLogin) => Promise<PasswordPushEvent['outcome']>

const schema = object({
  to: functionOption<PushPassword>('a function such as betterAuthPasswords(…)'),
  timeoutMs: z._default(wholeBetween(1, 600_000), 10_000),
  maxInFlight: z._default(wholeBetween(1, 10_000), 32),
  checkedBytes: z._default(wholeBetween(1, 65_536), 72),
  onEvent: z.exactOptional(functionOption<NonNullable<LegacyLoginOptions['onEvent']>>()),
})

const login = object({ userId: text, password: text })

/**
 * Moves passwords when people sign in at the old side: the only moment at which the plain password is at hand. The old
 * login is neither delayed nor spoilt. Several logins of one person at once are one push.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example const pushPassword = onLegacyLogin({ to: betterAuthPasswords(server) }) // in the old login, once the
 * password was right: void pushPassword({ userId: user.id, password })
 */
export function onLegacyLogin(options: LegacyLoginOptions): LegacyLoginHook {
  const { to, timeoutMs, maxInFlight, checkedBytes, onEvent } = parseOptions(schema, options, 'onLegacyLogin')
  const underWay = new Map<string, Promise<PasswordPushEvent['outcome']>>()

  function tell(outcome: PasswordPushEvent['outcome'], code: string | null = null): PasswordPushEvent['outcome'] {
    try {
      const returned: unknown = onEvent?.({ type: 'password_push', outcome, code })
      Promise.resolve(returned).catch(() => {})
    } catch {
      // Whoever listens must not spoil a login.
    }
    return outcome
  }

  async function push(given: LegacyLogin): Promise<PasswordPushEvent['outcome']> {
    // The login is answered first, whatever `to` does before it waits for something.
    await new Promise<void>((resolve) => setTimeout(resolve, 0))
    const late = AbortSignal.timeout(timeoutMs)
    try {
      return tell(await inTime(to(given, late), late))
    } catch (cause) {
      return tell('failed', late.aborted ? 'timeout' : isAuthError(cause) ? cause.code : 'push_failed')
    }
  }

  return async (given) => {
    if (!z.safeParse(login, given, { jitless: true }).success) return tell('failed', 'push_failed')
    const { userId, password } = given
    if (Buffer.byteLength(password, 'utf8') > checkedBytes) return tell('failed', 'password_truncated')
    const same = underWay.get(userId)
    if (same !== undefined) return same
    if (underWay.size >= maxInFlight) return tell('dropped')
    const mine = push({ userId, password }).finally(() => underWay.delete(userId))
    underWay.set(userId, mine)
    return mine
  }
}
