import { isAuthError } from '../errors/auth-error.js'
import { isPlainError } from '../errors/plain-error.js'
import { quotesValues, sqlStateOf } from '../sql/sql-state.js'

/** The `cause` of an event in a form that survives JSON. */
export interface EventError {
  /** The class of what was thrown. */
  readonly name: string
  /** Such as `ECONNREFUSED` or a SQLSTATE. Taken from the first error of the chain that has one. */
  readonly code: string | null
  /**
   * The messages of the chain, at most 300 characters each, without addresses, queries and anything that looks like a
   * token.
   */
  readonly message: string
}

const DEEPEST = 4
const LONGEST = 300
/**
 * The statement that Knex puts in front, with its parameters; e-mail addresses and the user part of a URL; everything after a `?`;
 * passwords of connection strings; tokens, hashes and ids.
 */
const SECRETS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/^(?:with|select|insert|update|delete)\b.* - (?=\S)/i, '… - '],
  [/\S+@\S+/g, '…'],
  [/(?<=\S)\?\S+/g, '?…'],
  [/(?<=\b(?:password|passwd|pwd|secret) ?= ?)(?:"[^"]*"|'[^']*'|[^\s;,]+)/gi, '…'],
  [/[\w+/=~-]{32,}(?:\.[\w+/=~-]+)*/g, '…'],
]

/** Undefined for anything but an error; JSON keeps other values unchanged. */
export function eventErrorOf(cause: unknown): EventError | undefined {
  if (!(cause instanceof Error)) return undefined
  try {
    const chain = chainOf(cause)
    const codes = chain.map((error) => (error as { readonly code?: unknown }).code)
    const code = codes.find((one) => typeof one === 'string' || typeof one === 'number') ?? null
    const words = chain.map(outlineOf).filter((word) => word !== '')
    const message = words.filter((word, at) => word !== words[at - 1]).join(': ')
    // Our own errors only say what was asked.
    const { name } = chain.find((error) => !isPlainError(error)) ?? cause
    return { name: String(name), code: code === null ? null : String(code), message }
  } catch {
    // An error that throws when it is read.
    return { name: 'Error', code: null, message: '' }
  }
}

function chainOf(cause: Error): readonly Error[] {
  const chain: Error[] = []
  for (let at: unknown = cause; at instanceof Error && chain.length < DEEPEST; at = at.cause) chain.push(at)
  return chain
}

/**
 * Our own messages contain no secret. Other messages start with the failure, and further lines may contain its
 * parameters.
 */
function outlineOf(error: Error): string {
  const { message, code, meta } = error as Error & {
    readonly code?: unknown
    readonly meta?: { readonly code?: unknown }
  }
  if (isAuthError(error)) return message
  if (isPlainError(error)) return error.message.slice(0, LONGEST)
  const state = sqlStateOf({ code, meta })
  // `EPIPE` also has five letters.
  if (state !== null && /\d/.test(state) && quotesValues(state)) return `the database refused (${state})`
  const said = String(message === '' ? (code ?? '') : message).trim()
  const [line = ''] = said.split('\n', 1)
  const outline = SECRETS.reduce(
    (text, [pattern, instead]) => text.replace(pattern, instead),
    line.slice(0, 3 * LONGEST),
  )
  return outline.slice(0, LONGEST)
}
