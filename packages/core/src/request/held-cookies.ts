import type { Credential } from '../extract/credential.js'
import { assembleEach, isChunkOf } from '../http/chunks.js'
import { readCookies } from '../http/cookies.js'
import { headerView, type AuthRequest } from '../http/request.js'
import { present } from '../route/shape.js'
import type { Line } from './line.js'

/** As many cookies as a browser keeps of a whole site, whoever tossed them: judging one may ask a store. */
const MOST = 180

interface HeldCookies {
  readonly cookies: readonly Credential[]
  /** False: there are more of one name than a browser keeps. */
  readonly isAll: boolean
}

/** Every cookie that may sign somebody in. What no verifier owns by its shape is junk, and takes no place of another one. */
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
