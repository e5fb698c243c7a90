import { within } from '../../async/within.js'

/** The new side's answer, or how it failed. */
export type Said<T> =
  | { readonly kind: 'said'; readonly value: T }
  | { readonly kind: 'error'; readonly cause: unknown }
  | { readonly kind: 'timeout' }

/** Never rejects. */
export async function inTime<T>(ask: () => Promise<T>, timeoutMs: number): Promise<Said<T>> {
  try {
    const said = await within(
      ask().then((value): Said<T> => ({ kind: 'said', value })),
      timeoutMs,
    )
    return said ?? { kind: 'timeout' }
  } catch (cause) {
    return { kind: 'error', cause }
  }
}
