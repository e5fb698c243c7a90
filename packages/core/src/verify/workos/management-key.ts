import * as z from 'zod/mini'
import { mustBe } from '../../errors/options.js'

/** The environment's own key: it may do everything there, so that it is never a caller's. */
export const workosManagementKey: z.ZodMiniString = z
  .string()
  .check(z.regex(/^sk_[\x21-\x7e]{8,512}$/, mustBe("the environment's API key: it begins with sk_")))
