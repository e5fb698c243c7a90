import { cookieField, type CookieAttributes, type SetCookie } from '../../http/set-cookie.js'

/** Browsers silently drop a larger cookie; the strictest ones also count its attributes. */
const MAX_FIELD_BYTES = 4_096

export interface SessionCookieRules extends CookieAttributes {
  readonly name: string
  /** Whether a session that is too large for one cookie is split into `name.0`, `name.1`, … */
  readonly chunks: boolean
  /** A larger session would be refused by the next request. */
  readonly maxBytes: number
}

/** What may happen to the cookie before it is written. */
export type CookieFate = Pick<SetCookie, 'endSession' | 'isEnded'>

/**
 * The cookies of a sealed session; its characters need no encoding. Chunks in the request that are not written again
 * are cleared, because they would fill the header.
 *
 * All have the whole cookie's name as `name`, so that a handler that ends the session ends each of them.
 *
 * @param chunks How many chunks the request has.
 * @returns null if it fits no cookie that could be read again.
 */
export function sessionCookies(
  rules: SessionCookieRules,
  sealed: string,
  chunks: number,
  fate: CookieFate,
): readonly SetCookie[] | null {
  const { name, maxBytes } = rules
  if (sealed.length > maxBytes) return null
  const cookie = (field: string): SetCookie => ({ name, field, ...fate })
  const gone = (other: string) => cookie(cookieField(other, '', { ...rules, maxAgeSeconds: 0 }))
  const chunksFrom = (first: number, end: number) =>
    Array.from({ length: Math.max(0, end - first) }, (_, index) => gone(`${name}.${first + index}`))
  const whole = cookieField(name, sealed, rules)
  if (whole.length <= MAX_FIELD_BYTES) return [cookie(whole), ...chunksFrom(0, chunks)]
  if (!rules.chunks) return null
  const room = MAX_FIELD_BYTES - cookieField(`${name}.99`, '', rules).length
  const parts = sealed.match(new RegExp(`.{1,${room}}`, 'g')) ?? []
  // A whole cookie would take precedence over chunks, and an extra chunk would spoil them.
  return [
    ...parts.map((part, index) => cookie(cookieField(`${name}.${index}`, part, rules))),
    ...chunksFrom(parts.length, Math.max(chunks, parts.length + 1)),
    gone(name),
  ]
}
