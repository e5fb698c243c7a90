import { AuthError, type ApiKeyRefusal } from '@dualauth/core'
import { grant } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { isStorable } from '../sql/id-column.js'

const MAX_NAME = 200

export function refused(error: AuthError): ApiKeyRefusal {
  return { ok: false, error }
}

export function invalid(detail: string): ApiKeyRefusal {
  return refused(new AuthError('request_invalid', { detail }))
}

export function notFound(): ApiKeyRefusal {
  return refused(new AuthError('resource_not_found'))
}

/** Whether a key may have this name. */
export function isName(name: unknown): name is string | null {
  return name === null || (typeof name === 'string' && name !== '' && name.length <= MAX_NAME && isStorable(name))
}

/** A permission, or a wildcard of this application. */
export function isScope(scope: unknown): scope is string {
  return z.safeParse(grant, scope).success
}
