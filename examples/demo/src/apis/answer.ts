import type { Principal } from '@dualauth/core'

/** What the routes of the small API answer: a thing, and for whom. `/me` answers with the whole principal. */
export function answerTo({ id, verifier }: Principal): { things: string[]; id: string; verifier: string } {
  return { things: ['a lamp'], id, verifier }
}
