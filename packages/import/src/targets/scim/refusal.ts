import type { FetchedJson } from '@dualauth/core/adapter'

/** The directory refuses it. */
export interface Refusal {
  readonly refused: number
  /** Its `scimType`, such as `invalid_value`; else `status_400`. */
  readonly code: string
}

/** Of the directory's answer, only the type: its details may hold what was sent. */
export function refusalOf({ status, body }: FetchedJson): Refusal {
  const { scimType } = (body ?? {}) as { readonly scimType?: unknown }
  const isType = typeof scimType === 'string' && /^[A-Za-z]{1,40}$/.test(scimType)
  const code = isType
    ? scimType.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
    : `status_${status}`
  return { refused: status, code }
}

export function isRefusal(answer: object | string): answer is Refusal {
  return typeof answer === 'object' && 'refused' in answer
}
