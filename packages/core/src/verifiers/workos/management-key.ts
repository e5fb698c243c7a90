import * as z from 'zod/mini'
/** The environment's own key: it may do everything there, so it never belongs to a caller. */
export const workosManagementKey: z.ZodMiniType<string> = z
  .string("the environment's API key: it begins with sk_")
  .check(z.regex(/^sk_[\x21-\x7e]{8,512}$/))
