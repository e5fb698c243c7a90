import { isChunkOf } from '../http/chunks.js'
import { readCookies } from '../http/cookies.js'
import type { HeaderView } from '../http/request.js'
import type { SentChunks } from '../http/set-cookie.js'
import type { Line } from './line.js'

const NONE: readonly SentChunks[] = /* @__PURE__ */ Object.freeze([])

/**
 * The chunks in the request of cookies that may be split, including those beside a whole cookie, which would count once
 * that is gone.
 */
export function sentChunks({ plan }: Line, view: HeaderView): readonly SentChunks[] {
  if (plan.chunked.length === 0) return NONE
  const fields = view.values('cookie')
  return plan.chunked.flatMap((name) => {
    if (!fields.some((field) => field.includes(`${name}.`))) return []
    return [{ name, chunks: () => [...readCookies(fields, (other) => isChunkOf([name], other)).keys()] }]
  })
}
