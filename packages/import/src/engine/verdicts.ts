import type { Found, Taken } from '../ports/target.js'
import { codeOf } from '../rows/parse.js'
import type { Verdict, Work } from './work.js'

export function doneAs(
  { item, resetRequired }: Work,
  targetId: string,
): { id: string; state: 'done'; targetId: string; resetRequired: boolean } {
  return { id: item.id, state: 'done', targetId, resetRequired }
}

/** It was there: made by us where we had noted that it was not. */
export function adopted(work: Work, targetId: string, { after, incomplete }: Partial<FoundThere> = {}): Verdict {
  const { attempted } = work.item
  const settlement = {
    ...doneAs(work, targetId),
    created: attempted,
    // What was sent is what the ledger has noted; what others have made is compared with the row as it is now.
    ...(!attempted && { digest: work.digest, unsent: true }),
    ...(attempted && after !== undefined && { after }),
  }
  return { work, counted: attempted ? 'created' : 'adopted', settlement, ...(incomplete && { isIncomplete: true }) }
}

type FoundThere = Extract<Found, { readonly outcome: 'found' }>

export function conflictOf(work: Work, { code, id }: Taken): Verdict {
  const settlement = {
    id: work.item.id,
    state: 'conflict',
    code: codeOf(code),
    ...(id !== null && { subject: id }),
  } as const
  return { work, counted: 'adopted', settlement }
}

export function failedAs(work: Work, code: string): Verdict {
  const settlement = { id: work.item.id, state: 'failed', code: codeOf(code), digest: work.digest } as const
  return { work, counted: 'adopted', settlement }
}

/** No answer: given back where the run is ending, else failed. */
export function unanswered(work: Work, { why, code }: { readonly why: string; readonly code: string }): Verdict {
  return why === 'stopped' ? givenBack(work) : failedAs(work, code)
}

export function givenBack(work: Work): Verdict {
  return { work, counted: 'adopted', settlement: { id: work.item.id, state: 'pending', code: 'given_back' } }
}
