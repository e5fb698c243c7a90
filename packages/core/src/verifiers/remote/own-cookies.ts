import type { BoundedCache } from '../../cache/bounded-cache.js'
import { cacheKeyOf, type CacheKey } from '../../cache/cache-key.js'
import { isChunkOf } from '../../http/chunks.js'
import type { Credential } from '../../extract/credential.js'
import type { SetCookie } from '../../http/set-cookie.js'
import type { RemoteCookie } from './protocol.js'

/** Cookies whose session a handler of this process has recently ended. */
export type EndedCookies = BoundedCache<true, CacheKey['index']>

/** A service may write only the presented cookie and its numbered chunks. */
export function isOwn({ carrier, name }: Credential, cookie: RemoteCookie): boolean {
  if (carrier !== 'cookie' || cookie.name !== name) return false
  const written = cookie.field.slice(0, Math.max(0, cookie.field.indexOf('=')))
  return written === name || isChunkOf([name], written)
}

/**
 * The cookies for the response, which share one fate: if the app ends the session, `tell` is called once, and
 * concurrent requests write none of them either.
 */
export async function toSetCookies(
  { carrier, name, value }: Credential,
  cookies: readonly RemoteCookie[],
  ended: EndedCookies,
  tell: () => void,
): Promise<readonly SetCookie[]> {
  if (cookies.length === 0) return []
  const { index } = await cacheKeyOf({ carrier, name, value })
  let told = false
  const fate = {
    endSession() {
      ended.set(index, true)
      if (!told) tell()
      told = true
    },
    isEnded: () => ended.get(index) === true,
  }
  return cookies.map((cookie) => ({ ...cookie, ...fate }))
}
