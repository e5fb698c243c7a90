import type { FetchedJson } from '@dualauth/core/adapter'

/** WorkOS refuses it, and will not accept it later. */
export interface Refusal {
  readonly outcome: 'refused'
  /** What WorkOS calls it, such as `external_id_already_used`; else `status_422`. */
  readonly code: string
  /** All codes that it names. */
  readonly codes: readonly string[]
}

interface Named {
  readonly code?: unknown
}

/** Of WorkOS's answer, only the codes: its messages may hold what was sent. */
export function refusalOf({ status, body }: FetchedJson): Refusal {
  const { code, errors } = (body ?? {}) as Named & { readonly errors?: unknown }
  const inner = Array.isArray(errors) ? errors.map((one) => (one as Named | null)?.code) : []
  const codes = [...inner, code].filter(
    (one): one is string => typeof one === 'string' && /^[a-z][a-z_]{0,63}$/.test(one),
  )
  return { outcome: 'refused', code: codes[0] ?? `status_${status}`, codes }
}
