import { cookieField, type CookieAttributes, type SetCookie } from '../../../http/set-cookie.js'

/** Browsers drop a larger cookie without a word; the narrowest of them count its attributes too. */
const MAX_FIELD_BYTES = 4_096

export interface SessionCookieRules extends CookieAttributes {
  readonly name: string
  /** Whether a session that is too large is split into `name.0`, `name.1`, … */
  readonly chunks: boolean
}

/** What becomes of the cookie while the response is on its way. */
export type CookieFate = Pick<SetCookie, 'dropped' | 'withdrawn'>

/**
 * The cookies that hold a sealed session, its alphabet being safe as it stands.
 *
 * All go by the name of the whole one, so that a handler that ends the session drops each of them.
 *
 * @returns null when it fits no cookie.
 */
export function sessionCookies(
  rules: SessionCookieRules,
  sealed: string,
  fate: CookieFate,
): readonly SetCookie[] | null {
  const { name, chunks } = rules
  const cookie = (field: string): SetCookie => ({ name, field, ...fate })
  const gone = (other: string) => cookie(cookieField(other, '', { ...rules, maxAgeSeconds: 0 }))
  const whole = cookieField(name, sealed, rules)
  if (whole.length <= MAX_FIELD_BYTES) return chunks ? [cookie(whole), gone(`${name}.0`)] : [cookie(whole)]
  if (!chunks) return null
  const room = MAX_FIELD_BYTES - cookieField(`${name}.99`, '', rules).length
  const parts = sealed.match(new RegExp(`.{1,${room}}`, 'g')) ?? []
  // A whole one would win over chunks, and a chunk too many would spoil them.
  return [
    ...parts.map((part, index) => cookie(cookieField(`${name}.${index}`, part, rules))),
    gone(`${name}.${parts.length}`),
    gone(name),
  ]
}
