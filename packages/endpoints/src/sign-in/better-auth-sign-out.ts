import { AuthError } from '@dualauth/core'
import { discreetError, readCookies } from '@dualauth/core/adapter'
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

/** What decides under which base URL a session is meant. */
const PASSED_ON: readonly string[] = ['host', 'x-forwarded-host', 'x-forwarded-proto']

/**
 * For `signOut` of `signInEndpoints` and `sessionEndpoints`: deletes each session of Better Auth that the cookies of the request are of, and clears its
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
    let first: Response | null = null
    for (const headers of passedOn(request)) {
      const answer = await endOne(api, headers)
      first ??= answer
    }
    return first ?? undefined
  }
}

/** @throws {AuthError} `store_unavailable` */
async function endOne(api: SigningOutInstance['api'], headers: Headers): Promise<Response> {
  try {
    const answer = await api.signOut({ headers, asResponse: true })
    const left = await api.getSession({ headers, query: { disableCookieCache: true, disableRefresh: true } })
    if (answer.ok && (left === null || left === undefined)) return answer
    throw new Error('Better Auth still has the session')
  } catch (cause) {
    throw new AuthError('store_unavailable', { cause: discreetError(cause, secretsOf(headers)) })
  }
}

/** Cookies as a browser keeps them of a whole site. */
const MAX_VALUES = 180

/**
 * For each session of the cookies: Better Auth looks at one value of a name, and what a sibling subdomain tossed must not keep the
 * genuine one alive. An authorization header would name another session.
 */
function passedOn(request: Request): readonly Headers[] {
  const values = [...cookiesIn(request.headers)]
  const most = Math.max(0, ...values.map(([, all]) => all.length))
  return Array.from({ length: most }, (_, place) => {
    const headers = new Headers({ host: new URL(request.url).host })
    for (const name of PASSED_ON) {
      const value = request.headers.get(name)
      if (value !== null) headers.set(name, value)
    }
    headers.set('cookie', values.map(([name, all]) => `${name}=${all[place] ?? all[0]}`).join('; '))
    return headers
  })
}

function cookiesIn(headers: Headers): ReadonlyMap<string, readonly string[]> {
  return readCookies([headers.get('cookie') ?? ''], () => true, MAX_VALUES)
}

/** What an error of its database may repeat. */
function secretsOf(headers: Headers): readonly string[] {
  const values = [...cookiesIn(headers).values()].flat()
  // The signature is of no use to a database.
  return values.flatMap((value) => [value, value.split('.', 1)[0] as string])
}
