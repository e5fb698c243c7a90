import { text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { MAX_BYTES } from '../files/text.js'

/** Checks shared by sources that read users, and separately their passwords, from a provider's export files. */
export const exportFields: {
  readonly users: typeof text
  readonly passwords: z.ZodMiniExactOptional<typeof text>
  readonly metadata: z.ZodMiniDefault<z.ZodMiniArray<typeof text>>
  readonly maxBytes: z.ZodMiniDefault<ReturnType<typeof wholeBetween>>
} = Object.freeze({
  users: text,
  passwords: z.exactOptional(text),
  metadata: z._default(z.array(text), []),
  maxBytes: z._default(wholeBetween(1, Number.MAX_SAFE_INTEGER), MAX_BYTES),
})
