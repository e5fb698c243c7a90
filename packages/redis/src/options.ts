import * as z from 'zod/mini'

/** May be empty; `{tag}` puts all keys of a cluster in one slot. */
export const keyPrefix: z.ZodMiniType<string> = z
  .string('at most 128 visible characters')
  .check(z.regex(/^[\x21-\x7e]{0,128}$/))
