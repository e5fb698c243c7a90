import { AuthError } from '@dualauth/core'
import * as z from 'zod/mini'

/**
 * Judges a body. Of what is wrong, the path and the valid form are told, and nothing that was sent: a field that nobody
 * knows has no name here.
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
