import { cookieField } from '@dualauth/core/adapter'
import { createSigning } from './signing.js'

/** A cookie that says which session began in this very browser: a sibling subdomain can toss a session, and not this one. */
export interface OwnSession {
  /** The field that says so. */
  keep(sessionId: string, maxAgeSeconds: number | null): Promise<string>
  isOwn(sessionId: string, cookies: ReadonlyMap<string, readonly string[]>): Promise<boolean>
  /** The field that clears it. */
  readonly cleared: string
}

/**
 * Over `https` its name is bound to the site by `__Host-`. It holds a signature of the session's id: of itself, it signs nobody in.
 *
 * @param owner Of the callback and its provider, as for state cookies.
 */
export function createOwnSession(secrets: readonly string[], owner: string, secure: boolean): OwnSession {
  const name = `${secure ? '__Host-' : ''}dualauth-signed-in`
  const signing = createSigning(secrets, `dualauth-signed-in\0${owner}`)
  return {
    cleared: cookieField(name, '', { secure, maxAgeSeconds: 0 }),
    async keep(sessionId, maxAgeSeconds) {
      const age = maxAgeSeconds === null ? {} : { maxAgeSeconds }
      return cookieField(name, await signing.sign(sessionId), { secure, ...age })
    },
    async isOwn(sessionId, cookies) {
      for (const mark of cookies.get(name) ?? []) if (await signing.isSigned(sessionId, mark)) return true
      return false
    },
  }
}
