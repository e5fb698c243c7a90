import { isPlainError } from '../errors/plain-error.js'
import { outlineOf } from './outline.js'

/** The `cause` of an event in a form that survives JSON. */
export interface EventError {
  /** The class of what was thrown. */
  readonly name: string
  /** Such as `ECONNREFUSED` or a SQLSTATE. Taken from the first error of the chain that has one. */
  readonly code: string | null
  /**
   * The messages of the chain, at most 300 characters each, without addresses, statements, values that a database
   * quotes, and anything that looks like a token.
   */
  readonly message: string
}

const DEEPEST = 4

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
