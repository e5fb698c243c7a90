import { cookieField, type CookieAttributes, type SetCookie } from '../../http/set-cookie.js'

/** Browsers drop a larger cookie without a word; the narrowest of them count its attributes too. */
const MAX_FIELD_BYTES = 4_096

export interface SessionCookieRules extends CookieAttributes {
  readonly name: string
  /** Whether a session that is too large is split into `name.0`, `name.1`, … */
  readonly chunks: boolean
  /** What is larger would be refused when it comes back. */
  readonly maxBytes: number
}

/** What becomes of the cookie while the response is on its way. */
export type CookieFate = Pick<SetCookie, 'endSession' | 'isEnded'>

/**
 * The cookies that hold a sealed session, its alphabet being safe as it stands. Chunks that the request brought and
 * that are not written again are cleared: they fill its header.
 *
 * All go by the name of the whole one, so that a handler that ends the session ends each of them.
 *
 * @param chunks How many chunks the request brought.
 * @returns null if it fits no cookie that would be read again.
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
  // A whole one would win over chunks, and a chunk too many would spoil them.
  return [
    ...parts.map((part, index) => cookie(cookieField(`${name}.${index}`, part, rules))),
    ...chunksFrom(parts.length, Math.max(chunks, parts.length + 1)),
    gone(name),
  ]
}
