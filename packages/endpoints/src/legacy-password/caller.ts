import { isAuthError } from '@dualauth/core'
import { createClientCheck } from '../introspection/client-secrets.js'
import { createSignatureCheck } from '../workos/signature.js'
import type { Settings } from './options.js'

/**
 * Whether the provider asks, and nobody else.
 *
 * @param body As it arrived.
 */
export type CheckCaller = (request: Request, body: Uint8Array) => Promise<boolean>

const HEADER = 'Dualauth-Signature'
const ID = 'provider'

/** Compared in constant time, each secret. */
export function createCallerCheck({ authentication, secrets, toleranceMs, now }: Settings): CheckCaller {
  if (authentication === 'bearer') {
    const isSecret = createClientCheck([{ id: ID, secrets }])
    return async ({ headers }) => {
      const [, secret] = /^bearer +(\S+)$/i.exec(headers.get('authorization') ?? '') ?? []
      return secret !== undefined && (await isSecret(ID, secret))
    }
  }
  const check = createSignatureCheck(secrets, toleranceMs, HEADER)
  return async ({ headers }, body) => {
    try {
      await check(headers.get(HEADER), body, now())
      return true
    } catch (cause) {
      if (isAuthError(cause)) return false
      throw cause
    }
  }
}
