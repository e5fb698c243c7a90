import { isAuthError } from '../errors/auth-error.js'
import { isPlainError } from '../errors/plain-error.js'

/** The `cause` of an event in a form that JSON keeps. */
export interface EventError {
  readonly name: string
  /** Such as `ECONNREFUSED` or a SQLSTATE: the first of the chain that has one. */
  readonly code: string | null
  /** What each error of the chain says, an outline of at most 300 characters each: no address, no query, nothing that looks like a token. */
  readonly message: string
}

const DEEPEST = 4
const LONGEST = 300
/** Addresses and what stands before an `@` in a URL; what follows a `?`; passwords of connection strings; tokens, hashes and ids. */
const SECRETS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\S+@\S+/g, '…'],
  [/(?<=\S)\?\S+/g, '?…'],
  [/(?<=\b(?:password|passwd|pwd|secret) ?= ?)(?:"[^"]*"|'[^']*'|[^\s;,]+)/gi, '…'],
  [/[\w+/=~-]{32,}(?:\.[\w+/=~-]+)*/g, '…'],
]

/** Undefined for what is no error, which JSON keeps as it is. */
export function eventErrorOf(cause: unknown): EventError | undefined {
  if (!(cause instanceof Error)) return undefined
  try {
    const chain = chainOf(cause)
    const codes = chain.map((error) => (error as { readonly code?: unknown }).code)
    const code = codes.find((one) => typeof one === 'string' || typeof one === 'number') ?? null
    const words = chain.map(outlineOf).filter((word) => word !== '')
    const message = words.filter((word, at) => word !== words[at - 1]).join(': ')
    return { name: String(cause.name), code: code === null ? null : String(code), message }
  } catch {
    // One that throws when it is read.
    return { name: 'Error', code: null, message: '' }
  }
}

function chainOf(cause: Error): readonly Error[] {
  const chain: Error[] = []
  for (let at: unknown = cause; at instanceof Error && chain.length < DEEPEST; at = at.cause) chain.push(at)
  return chain
}

/** Our own messages hold no secret. Others begin with what failed, and what follows in further lines may be its parameters. */
function outlineOf(error: Error): string {
  const { message, code } = error as Error & { readonly code?: unknown }
  if (isAuthError(error)) return message
  if (isPlainError(error)) return error.message.slice(0, LONGEST)
  const said = String(message === '' ? (code ?? '') : message).trim()
  const [line = ''] = said.split('\n', 1)
  const outline = SECRETS.reduce(
    (text, [pattern, instead]) => text.replace(pattern, instead),
    line.slice(0, 3 * LONGEST),
  )
  return outline.slice(0, LONGEST)
}
