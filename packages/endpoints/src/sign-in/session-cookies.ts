import type { DualAuth } from '@dualauth/core'
import { cookieField } from '@dualauth/core/adapter'
import { cookiesOf } from './cookies.js'

/** Of one answer: a sibling subdomain tosses a hundred chunks, whose clearing no proxy would pass on. */
const MAX_CHUNKS = 20

/** The cookies of a request that hold a session of either side, and what belongs to one: by the names that the verifiers read. */
export function sessionCookiesIn({ shapes }: Pick<DualAuth, 'shapes'>, request: Request): readonly string[] {
  const names = shapes.flatMap((shape) =>
    shape.kind === 'cookie' ? [...shape.carriage.cookies, ...(shape.companions ?? [])] : shape.carriage.cookies,
  )
  const sent = [...cookiesOf(request).keys()]
  const chunks = sent.filter((name) => /\.\d{1,2}$/.test(name) && names.includes(name.replace(/\.\d+$/, '')))
  const lowest = chunks.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, MAX_CHUNKS)
  return [...new Set([...sent.filter((name) => names.includes(name)), ...lowest])]
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
