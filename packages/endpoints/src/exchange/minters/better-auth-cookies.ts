import type { MintRequest } from '@dualauth/core'
import type { SetCookie } from '@dualauth/core/adapter'

/** A cookie as Better Auth was configured to write it. */
interface OwnCookie {
  readonly name: string
  readonly attributes?: Attributes
  /** Of 1.4. */
  readonly options?: Attributes
}

interface Attributes {
  readonly path?: string
  readonly domain?: string
  readonly secure?: boolean
  readonly sameSite?: string
  readonly partitioned?: boolean
}

/** The cookies of an instance of Better Auth. */
export interface BetterAuthCookies {
  readonly authCookies: {
    readonly sessionToken: OwnCookie
    readonly sessionData: OwnCookie
    readonly dontRememberToken: OwnCookie
  }
}

/** @param forgotten The signed mark of a session that does not slide; null clears one that was there. */
export function sessionCookies(
  { authCookies }: BetterAuthCookies,
  value: string,
  forgotten: string | null,
  { endsAt, now }: MintRequest,
): readonly SetCookie[] {
  const seconds = Math.max(1, endsAt - Math.floor(now / 1000))
  const { sessionToken, dontRememberToken } = authCookies
  return [
    cookie(sessionToken, sessionToken.name, value, seconds),
    cookie(dontRememberToken, dontRememberToken.name, forgotten ?? '', forgotten === null ? 0 : seconds),
  ]
}

/** More would not fit into the header of a request. */
const MAX_CHUNKS = 16

/** A cache of an earlier session: Better Auth before 1.7 would believe it beside any session. */
export function clearedCaches(
  { authCookies: { sessionData } }: BetterAuthCookies,
  { request }: MintRequest,
): readonly SetCookie[] {
  const own = [sessionData.name, ...Array.from({ length: MAX_CHUNKS }, (_, at) => `${sessionData.name}.${at}`)]
  const sent = new Set(cookieNames(request))
  return own.filter((name) => sent.has(name)).map((name) => cookie(sessionData, name, '', 0))
}

function cookie(own: OwnCookie, name: string, value: string, maxAgeSeconds: number): SetCookie {
  const {
    path = '/',
    domain,
    secure = false,
    sameSite = 'lax',
    partitioned = false,
  } = own.attributes ?? own.options ?? {}
  const field = [
    `${name}=${encodeURIComponent(value)}`,
    `Max-Age=${maxAgeSeconds}`,
    `Path=${path}`,
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    `SameSite=${sameSite.charAt(0).toUpperCase()}${sameSite.slice(1)}`,
    ...(partitioned ? ['Partitioned'] : []),
  ].join('; ')
  return { name, field, endSession: () => {} }
}

function cookieNames({ headers }: MintRequest['request']): readonly string[] {
  const sent: unknown =
    typeof (headers as Headers).get === 'function'
      ? (headers as Headers).get('cookie')
      : (headers as Readonly<Record<string, unknown>>)['cookie']
  const fields = Array.isArray(sent) ? sent.join('; ') : typeof sent === 'string' ? sent : ''
  return fields.split(';').map((pair) => pair.split('=', 1)[0]?.trim() ?? '')
}
