import * as z from 'zod/mini'

// An OAuth scope token (RFC 6749 section 3.3), so that a challenge can name it, without `*`, and without a comma, which
// suggests a mistaken list.
const NAME = '[\\x21\\x23-\\x29\\x2b\\x2d-\\x5b\\x5d-\\x7e]{1,255}'
const PERMISSION = new RegExp(`^${NAME}$`)
const GRANT = new RegExp(`^(?:\\*|\\*:[\\w.-]+|[\\w.-]+:\\*|${NAME})$`)

/** For messages. */
export const PERMISSION_FORM = 'a permission such as `resource:action`'

/** Whether a text names one permission: `resource:action`, or a provider's name. Never a wildcard. */
export function isPermission(text: string): boolean {
  return PERMISSION.test(text)
}

/** What a caller must hold: one permission, never a wildcard. */
export const permission: z.ZodMiniType<string> = z
  .string(`${PERMISSION_FORM}, without wildcards`)
  .check(z.regex(PERMISSION))

/** What a role grants or an API key is limited to: a permission, or one of the wildcards. */
export const grant: z.ZodMiniType<string> = z
  .string(`${PERMISSION_FORM}, or a wildcard: \`resource:*\`, \`*:action\` or \`*\``)
  .check(z.regex(GRANT))

/** Like `grant`, typed with the registered names, which only the compiler checks. */
export function grantOf<Name extends string>(): z.ZodMiniType<Name> {
  return grant as unknown as z.ZodMiniType<Name>
}
