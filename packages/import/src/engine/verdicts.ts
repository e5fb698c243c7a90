import type { Found, Taken } from '../ports/target.js'
import { codeOf } from '../rows/parse.js'
import type { Verdict, Work } from './work.js'

export function doneAs(
  { item, resetRequired }: Work,
  targetId: string,
): { id: string; state: 'done'; targetId: string; resetRequired: boolean } {
  return { id: item.id, state: 'done', targetId, resetRequired }
}

/** It exists: created by us if we had noted that it did not. */
export function adopted(work: Work, targetId: string, { after, incomplete }: Partial<FoundThere> = {}): Verdict {
  const { attempted } = work.item
  const settlement = {
    ...doneAs(work, targetId),
    created: attempted,
    // For a sent item, the ledger has its digest; an item that others created is compared with the current row.
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

/** No answer: released if the run is ending, else failed. */
export function unanswered(work: Work, { why, code }: { readonly why: string; readonly code: string }): Verdict {
  return why === 'stopped' ? givenBack(work) : failedAs(work, code)
}

export function givenBack(work: Work): Verdict {
  return { work, counted: 'adopted', settlement: { id: work.item.id, state: 'pending', code: 'given_back' } }
}
