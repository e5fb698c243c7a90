import { optionError } from '../../../settings/options.js'
import { readSession } from './read-session.js'
import type { FindSession } from './session.js'
import { signValue } from './signed-value.js'

/** The part of a Better Auth instance (`betterAuth({ … })` of their package) that is used. */
export interface BetterAuthInstance {
  readonly api: {
    getSession(input: {
      headers: Headers
      query?: { disableCookieCache?: boolean; disableRefresh?: boolean }
    }): Promise<unknown>
  }
  readonly $context: Promise<{
    readonly secret: string
    readonly authCookies: { readonly sessionToken: { readonly name: string } }
  }>
}

/**
 * Asks the Better Auth instance of the same process, past its cookie cache and without sliding the
 * session. A throw of `getSession`, or an answer that holds no session, means "cannot tell".
 */
export function instanceSessions(instance: BetterAuthInstance): FindSession {
  if (typeof instance?.api?.getSession !== 'function')
    throw optionError('instanceSessions.instance', 'must be a Better Auth instance')
  return async (token) => {
    const { secret, authCookies } = await instance.$context
    // Signed anew: the caller's may carry an older secret that Better Auth itself no longer takes.
    const value = await signValue(token, new TextEncoder().encode(secret))
    const headers = new Headers({ cookie: `${authCookies.sessionToken.name}=${value}` })
    const answer = await instance.api.getSession({ headers, query: { disableCookieCache: true, disableRefresh: true } })
    if (answer === null || answer === undefined) return null
    const read = readSession(answer)
    if (read === null) throw new Error('getSession: answered neither a session nor null')
    return read.token === null || read.token === token ? read.found : null
  }
}
