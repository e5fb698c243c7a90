import { AuthError } from '@dualauth/core'
import * as z from 'zod/mini'

/**
 * Parses a body. The error names the path and the valid form, and repeats nothing of the body, not even the name of an
 * unknown field.
 *
 * @throws {AuthError} `request_invalid`
 */
export function parseBody<S extends z.ZodMiniObject>(schema: S, body: unknown): z.output<S> {
  const result = z.safeParse(schema, body ?? {}, { jitless: true })
  if (result.success) return result.data
  const details = result.error.issues.map(({ code, path, message }) => {
    if (code === 'unrecognized_keys') return `unknown field; there are ${Object.keys(schema.shape).join(', ')}`
    return path.length === 0 ? 'the body must be an object' : `${path.join('.')}: must be ${message}`
  })
  throw new AuthError('request_invalid', { detail: [...new Set(details)].join('; ') })
}
