/** What an address answered. Redirects are not followed. */
export type Answer =
  | {
      readonly ok: true
      readonly status: number
      readonly contentType: string
      readonly retryAfter: string | null
      readonly body: string
      /** How far its clock is ahead of this one, in milliseconds; null if the answer has no date. */
      readonly aheadMs: number | null
      /** Uncertainty of `aheadMs`, in milliseconds. */
      readonly doubtMs: number
    }
  | { readonly ok: false; readonly why: string }

export type Probe = (url: string) => Promise<Answer>

const TIMEOUT_MS = 5_000
/** More than `keySetAt` reads. */
const MAX_BYTES = 600_000
/** `Date` counts whole seconds. */
const DATE_STEP_MS = 1_000

/** @param now Milliseconds since the epoch. */
export function createProbe(now: () => number): Probe {
  const answers = new Map<string, Promise<Answer>>()
  return (url) => {
    const known = answers.get(url) ?? ask(url, now)
    answers.set(url, known)
    return known
  }
}

/** Asks the address each time. */
export async function ask(url: string, now: () => number): Promise<Answer> {
  const startedAt = now()
  try {
    const headers = { accept: 'application/json' }
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
    const endedAt = now()
    const body = await textOf(response)
    if (body === null) return { ok: false, why: `its answer is larger than ${MAX_BYTES} bytes` }
    const date = Date.parse(response.headers.get('date') ?? '')
    return {
      ok: true,
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      retryAfter: response.headers.get('retry-after') ?? response.headers.get('x-retry-after'),
      body,
      // `Date` is rounded down: half a second has passed on average.
      aheadMs: Number.isNaN(date) ? null : Math.round(date + DATE_STEP_MS / 2 - (startedAt + endedAt) / 2),
      doubtMs: (endedAt - startedAt) / 2 + DATE_STEP_MS / 2,
    }
  } catch (error) {
    return { ok: false, why: whyOf(error) }
  }
}

/** Null if it is too long: the rest is not read, so an endless answer cannot fill memory. */
async function textOf({ body }: Response): Promise<string | null> {
  if (body === null) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > MAX_BYTES) {
      reader.cancel().catch(() => {})
      return null
    }
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}

function whyOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1_000} seconds`
  const cause: unknown = error instanceof Error ? error.cause : undefined
  const code: unknown = typeof cause === 'object' && cause !== null ? (cause as { code?: unknown }).code : undefined
  return typeof code === 'string' && /^\w{2,40}$/.test(code) ? code : 'the connection failed'
}
