import * as z from 'zod/mini'
import type { CookieAttributes } from '../../http/set-cookie.js'
import { createSecretList, type AcceptWeakSecret, type SecretList } from '../../keys/secrets/secret-list.js'
import { acceptance } from '../../settings/acceptance.js'
import { optionError } from '../../settings/options.js'
import { isText, nonEmpty, token } from '../../settings/schemas.js'

const MINIMUM_PASSWORD_LENGTH = 32

/** 400 days, the maximum in browsers. */
export const MAX_COOKIE_AGE_SECONDS = 34_560_000

/** For the schema of sealed sessions, besides the kind's own options. */
export function sealOptions(): {
  readonly cookiePasswords: z.ZodMiniType<string[]>
  readonly acceptWeakSecret: z.ZodMiniExactOptional<z.ZodMiniType<AcceptWeakSecret>>
} {
  const form = `a string of at least ${MINIMUM_PASSWORD_LENGTH} characters`
  return {
    cookiePasswords: nonEmpty(z.custom<string>(isPassword, form)),
    acceptWeakSecret: z.exactOptional(acceptance),
  }
}

type CookieOption<T> = z.ZodMiniExactOptional<z.ZodMiniType<T>>

/** For the schema of `cookie`. */
export function cookieOptions(): {
  readonly name: CookieOption<string>
  readonly chunks: CookieOption<boolean>
  readonly path: CookieOption<string>
  readonly domain: CookieOption<string>
  readonly sameSite: CookieOption<'lax' | 'strict' | 'none'>
  readonly secure: CookieOption<boolean>
} {
  return {
    name: z.exactOptional(token('the name of a cookie', { maxLength: 128 })),
    chunks: z.exactOptional(z.boolean()),
    path: z.exactOptional(z.string('a path that begins with /').check(z.regex(/^\/[\x21-\x3a\x3c-\x7e]*$/))),
    domain: z.exactOptional(z.string('a domain').check(z.regex(/^\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/))),
    sameSite: z.exactOptional(z.enum(['lax', 'strict', 'none'])),
    secure: z.exactOptional(z.boolean()),
  }
}

function isPassword(value: unknown): boolean {
  return isText(value) && value.length >= MINIMUM_PASSWORD_LENGTH
}

/** Only one hash iteration protects the password of a seal, so a phrase can be guessed. */
export function cookiePasswordList(
  passwords: readonly string[],
  acceptWeakSecret: AcceptWeakSecret | undefined,
  owner: string,
): SecretList {
  const rules = { minimumBytes: MINIMUM_PASSWORD_LENGTH, acceptWeakSecret, isTextOnly: true } as const
  return createSecretList(passwords, rules, `${owner}.cookiePasswords`, Date.now())
}

/** Refuses a cookie that browsers would silently drop. @see RFC 6265bis sections 4.1.3 and 5.6 */
export function assertCookie(
  { name, secure = true, sameSite, path = '/', domain }: CookieAttributes & { readonly name: string },
  owner: string,
): void {
  const needsSecure = sameSite === 'none' || /^__(?:Secure|Host)-/.test(name)
  if (needsSecure && !secure) throw optionError(`${owner}.cookie.secure`, 'must be true with this name or sameSite')
  if (name.startsWith('__Host-') && (domain !== undefined || path !== '/'))
    throw optionError(`${owner}.cookie.name`, 'with __Host- allows no domain and no path but /')
}
