import { AuthError } from '@dualauth/core'
import { discreetError, readCookies } from '@dualauth/core/adapter'
import { optionError } from '@dualauth/core/settings'
import { bearerOf } from '../refresh/end-tokens.js'
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
 * For `signOut` of `signInEndpoints` and `sessionEndpoints`: deletes each Better Auth session in the cookies of the
 * request and clears the cookies as Better Auth does. Also deletes the session of a bearer if the instance has the
 * `bearer` plugin. Better Auth reports success even if its database is down, so the session is looked up afterwards.
 *
 * @param instance An instance in the same process.
 * @throws {AuthError} `configuration_invalid`: not an instance. Each sign-out may throw `store_unavailable`: the
 *   session still exists, or this is unknown.
 * @example signInEndpoints({ …, signOut: betterAuthSignOut(betterAuthServer) })
 */
export function betterAuthSignOut(instance: SigningOutInstance): EndElsewhere {
  if (typeof instance?.api?.signOut !== 'function' || typeof instance.api.getSession !== 'function')
    throw optionError('betterAuthSignOut.instance', 'must be a Better Auth instance')
  const { api } = instance
  return async (request) => {
    const bearer = bearerIn(request)
    if (bearer !== null && (await hasSession(api, bearer))) await endOne(api, bearer)
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
  return reached(headers, async () => {
    const answer = await api.signOut({ headers, asResponse: true })
    if (answer.ok && !(await isSignedIn(api, headers))) return answer
    throw new Error('Better Auth still has the session')
  })
}

/**
 * A bearer of another system has none there.
 *
 * @throws {AuthError} `store_unavailable`
 */
function hasSession(api: SigningOutInstance['api'], headers: Headers): Promise<boolean> {
  return reached(headers, () => isSignedIn(api, headers))
}

async function isSignedIn(api: SigningOutInstance['api'], headers: Headers): Promise<boolean> {
  const session = await api.getSession({ headers, query: { disableCookieCache: true, disableRefresh: true } })
  return session !== null && session !== undefined
}

async function reached<T>(headers: Headers, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw new AuthError('store_unavailable', { cause: discreetError(cause, secretsOf(headers)) })
  }
}

/** Alone: beside cookies it would name another session. Null: there is none. */
function bearerIn(request: Request): Headers | null {
  const token = bearerOf(request)
  if (token === null) return null
  const headers = around(request)
  headers.set('authorization', `Bearer ${token}`)
  return headers
}

function around(request: Request): Headers {
  const headers = new Headers({ host: new URL(request.url).host })
  for (const name of PASSED_ON) {
    const value = request.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  return headers
}

/** Cookies as a browser keeps them of a whole site. */
const MAX_VALUES = 180

/**
 * For each session of the cookies: Better Auth looks at one value of a name, and what a sibling subdomain tossed must not keep the
 * genuine one alive.
 */
function passedOn(request: Request): readonly Headers[] {
  const values = [...cookiesIn(request.headers)]
  const most = Math.max(0, ...values.map(([, all]) => all.length))
  return Array.from({ length: most }, (_, place) => {
    const headers = around(request)
    headers.set('cookie', values.map(([name, all]) => `${name}=${all[place] ?? all[0]}`).join('; '))
    return headers
  })
}

function cookiesIn(headers: Headers): ReadonlyMap<string, readonly string[]> {
  return readCookies([headers.get('cookie') ?? ''], () => true, MAX_VALUES)
}

/** What an error of its database may repeat. */
function secretsOf(headers: Headers): readonly string[] {
  const bearer = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1]
  const values = [...cookiesIn(headers).values(), bearer ?? []].flat()
  // The signature is of no use to a database.
  return values.flatMap((value) => [value, value.split('.', 1)[0] as string])
}
