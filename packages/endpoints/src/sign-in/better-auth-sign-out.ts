import { AuthError } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import type { EndElsewhere } from './options.js'

/** The part of a Better Auth instance (`betterAuth({ … })` of their package) that is used. */
export interface SigningOutInstance {
  readonly api: {
    signOut(input: { headers: Headers; asResponse: true }): Promise<Response>
    getSession(input: {
      headers: Headers
      query?: { disableCookieCache?: boolean; disableRefresh?: boolean }
    }): Promise<unknown>
  }
}

/** What decides which session is meant, and under which base URL. */
const PASSED_ON: readonly string[] = ['cookie', 'host', 'x-forwarded-host', 'x-forwarded-proto']

/**
 * For `signOut` of `signInEndpoints` and `sessionEndpoints`: deletes the session of Better Auth that the cookies of the request are of, and clears its
 * cookies as Better Auth itself does. Its sign-out says that it succeeded also where its database could not be reached, so the
 * session is looked for afterwards.
 *
 * @param instance Of the same process.
 * @throws {AuthError} `configuration_invalid`: it is none. Of each sign-out, `store_unavailable`: the session is still there,
 * or nobody can tell.
 * @example
 * signInEndpoints({ …, signOut: betterAuthSignOut(betterAuthServer) })
 */
export function betterAuthSignOut(instance: SigningOutInstance): EndElsewhere {
  if (typeof instance?.api?.signOut !== 'function' || typeof instance.api.getSession !== 'function')
    throw optionError('betterAuthSignOut.instance', 'must be a Better Auth instance')
  const { api } = instance
  return async (request) => {
    const headers = passedOn(request)
    if (!headers.has('cookie')) return
    try {
      const answer = await api.signOut({ headers, asResponse: true })
      const left = await api.getSession({ headers, query: { disableCookieCache: true, disableRefresh: true } })
      if (answer.ok && (left === null || left === undefined)) return answer
      throw new Error('Better Auth still has the session')
    } catch (cause) {
      throw new AuthError('store_unavailable', { cause })
    }
  }
}

/** An authorization header would name another session. */
function passedOn(request: Request): Headers {
  const headers = new Headers({ host: new URL(request.url).host })
  for (const name of PASSED_ON) {
    const value = request.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  return headers
}
