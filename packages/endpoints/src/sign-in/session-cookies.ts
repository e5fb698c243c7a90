import type { DualAuth } from '@dualauth/core'
import { cookieField } from '@dualauth/core/adapter'
import { cookiesOf } from './cookies.js'

/** Of one cookie: a sibling subdomain tosses a hundred chunks, whose clearing no proxy would pass on. */
const MAX_CHUNKS = 20

/** The cookies of a request that hold a session of either side, and what belongs to one: by the names that the verifiers read. */
export function sessionCookiesIn({ shapes }: Pick<DualAuth, 'shapes'>, request: Request): readonly string[] {
  const ofCookies = shapes.filter((shape) => shape.kind === 'cookie')
  const companions = ofCookies.flatMap((shape) => shape.companions ?? [])
  const names = [...shapes.flatMap(({ carriage }) => carriage.cookies), ...companions]
  const chunked = ofCookies.flatMap((shape) => (shape.chunked === true ? shape.carriage.cookies : []))
  const sent = [...cookiesOf(request).keys()]
  const chunks = [...new Set([...chunked, ...companions])].flatMap((name) => lowestChunks(name, sent))
  return [...new Set([...sent.filter((name) => names.includes(name)), ...chunks])]
}

/** A session without its first chunks is none. */
function lowestChunks(name: string, sent: readonly string[]): readonly string[] {
  const chunks = sent.filter((one) => one.startsWith(`${name}.`) && /^\d{1,2}$/.test(one.slice(name.length + 1)))
  return chunks.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, MAX_CHUNKS)
}

/**
 * `Set-Cookie` fields that clear cookies for the whole site.
 *
 * @param site As browsers see it.
 * @param domain Each is cleared with this attribute, too. Null: without it alone.
 */
export function cleared(names: readonly string[], { protocol }: URL, domain: string | null = null): readonly string[] {
  return names.flatMap((name) => {
    const attributes = { maxAgeSeconds: 0, secure: protocol === 'https:' || name.startsWith('__') }
    const own = cookieField(name, '', attributes)
    return domain === null || name.startsWith('__Host-')
      ? [own]
      : [own, cookieField(name, '', { ...attributes, domain })]
  })
}
