import type { Credential } from '../extract/credential.js'
import { assembleEach, isChunkOf } from '../http/chunks.js'
import { readCookies } from '../http/cookies.js'
import { headerView, type AuthRequest } from '../http/request.js'
import { present } from '../route/shape.js'
import type { Line } from './line.js'

/** The number of cookies that a browser keeps for a whole site. Limited, because judging one may call a store. */
const MOST = 180

interface HeldCookies {
  readonly cookies: readonly Credential[]
  /** False if there are more of one name than a browser keeps. */
  readonly isAll: boolean
}

/**
 * Every cookie that may sign somebody in. A cookie that no verifier owns by shape is junk and does not count towards
 * the limit.
 */
export function heldCookies({ plan, router }: Line, request: AuthRequest): HeldCookies {
  const { cookies: names, chunked, maxCredentialBytes } = plan
  const wanted = (name: string): boolean => names.includes(name) || isChunkOf(chunked, name)
  const found = readCookies(headerView(request).values('cookie'), wanted, Number.POSITIVE_INFINITY)
  let isAll = true
  const cookies = names.flatMap((name) => {
    const { whole, joined } = chunked.includes(name)
      ? assembleEach(name, found, MOST)
      : { whole: found.get(name) ?? [], joined: [] }
    const owned = [...new Set([...whole, ...joined])]
      .filter(({ length }) => length <= maxCredentialBytes)
      .map((value): Credential => ({ carrier: 'cookie', name, value }))
      .filter((credential) => router.select(present(credential)).kind === 'owned')
    isAll &&= joined.length <= MOST && owned.length <= MOST
    return owned.slice(0, MOST)
  })
  return { cookies, isAll }
}
