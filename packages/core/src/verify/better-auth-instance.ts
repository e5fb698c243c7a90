import { crypto } from '#crypto'
import { optionError } from '../errors/options.js'
import type { FindSession, FoundSession } from './better-auth-session.js'

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
 * session. A throw of `getSession` means "cannot tell".
 */
export function instanceSessions(instance: BetterAuthInstance): FindSession {
  if (typeof instance?.api?.getSession !== 'function')
    throw optionError('instanceSessions.instance', 'must be a Better Auth instance')
  return async (token) => {
    const { secret, authCookies } = await instance.$context
    const headers = new Headers({
      cookie: `${authCookies.sessionToken.name}=${encodeURIComponent(await sign(token, secret))}`,
    })
    const found = await instance.api.getSession({ headers, query: { disableCookieCache: true, disableRefresh: true } })
    return found === null || found === undefined ? null : (found as FoundSession)
  }
}

/** Signs anew, because the caller's cookie may carry an older secret that Better Auth itself no longer takes. */
async function sign(token: string, secret: string): Promise<string> {
  const mac = await crypto.hmac('SHA-256', new TextEncoder().encode(secret), token)
  return `${token}.${btoa(String.fromCharCode(...mac))}`
}
