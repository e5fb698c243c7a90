import { isAuthError } from '../errors/auth-error.js'
import { isPlainError } from '../errors/plain-error.js'
import { quotesValues, sqlStateOf } from '../sql/sql-state.js'

const LONGEST = 300
/** What is printed is in the first characters, so a statement behind more spaces and comments than this is not. */
const BEGINNING = 4_000
/**
 * A statement behind spaces, brackets and comments, as Knex puts it in front of the message. No two branches match the
 * same text, so that a hostile one takes linear time.
 */
const STATEMENT =
  /^(?:[^\w/#-]|-(?!-)|--[^\n]*\n|#[^\n]*\n|\/(?!\*)|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:with|select|insert|update|delete|replace|merge|call|set|exec|execute)\b/i
/** Words beside which a database quotes values or parts of a statement. */
const TELLING =
  /\b(?:select|insert|update|delete|replace|merge|call|set|exec|execute|entry|key|values?|input|syntax|near|literal)\b/i
/** SQL Server has the value in brackets. */
const OPENING = /["']|(?<=\bvalue is )\(/
const CLOSING = /["')](?=[^"')]*$)/
/**
 * E-mail addresses and the user part of a URL; everything after a `?`; passwords of connection strings; tokens, hashes
 * and ids.
 */
const SECRETS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\S+@\S+/g, '…'],
  [/(?<=\S)\?\S+/g, '?…'],
  [/(?<=\b(?:password|passwd|pwd|secret) ?= ?)(?:"[^"]*"|'[^']*'|[^\s;,]+)/gi, '…'],
  [/[\w+/=~-]{32,}(?:\.[\w+/=~-]+)*/g, '…'],
]

/**
 * The message of an error as events repeat it. Our own messages contain no secret. Other messages start with the
 * failure, or with a statement and its values; further lines may contain its parameters.
 *
 * @returns At most 300 characters of a message that is not ours.
 */
export function outlineOf(error: Error): string {
  const { message, name, code, meta, sqlState } = error as Error & Record<'code' | 'meta' | 'sqlState', unknown>
  if (isAuthError(error)) return message
  if (isPlainError(error)) return error.message.slice(0, LONGEST)
  const state = sqlStateOf({ code, meta, sqlState })
  if (state !== null && quotesValues(state)) return `the database refused (${state})`
  const said = String(message === '' ? (code ?? '') : message).trim()
  const failure = STATEMENT.test(said.slice(0, BEGINNING)) ? behindStatement(said) : said
  const line = failure === null ? String(code ?? name) : unquoted(failure)
  const outline = SECRETS.reduce(
    (text, [pattern, instead]) => text.replace(pattern, instead),
    line.slice(0, 3 * LONGEST),
  )
  return outline.slice(0, LONGEST)
}

/** Null unless exactly one ` - `, outside of literals, separates the statement from the message. */
function behindStatement(said: string): string | null {
  const at = said.indexOf(' - ')
  if (at === -1 || at !== said.lastIndexOf(' - ')) return null
  const statement = said.slice(0, at)
  const isWhole = ["'", '"'].every((quote) => statement.split(quote).length % 2 === 1)
  return isWhole ? `… - ${said.slice(at + 3).trim()}` : null
}

/**
 * The first line, without what stands between the first and the last quote of the message if it may be a value: values
 * contain quotes themselves, and line breaks.
 */
function unquoted(said: string): string {
  const [line = ''] = said.split('\n', 1)
  const first = TELLING.test(said) ? line.search(OPENING) : -1
  if (first === -1) return line
  const goesOn = /["')]/.test(said.slice(line.length))
  const last = goesOn ? line.length : line.search(CLOSING)
  const isApostrophe = last <= first && /\w/.test(line.charAt(first - 1))
  if (isApostrophe) return line
  return `${line.slice(0, first)}…${last <= first ? '' : line.slice(last + 1)}`
}
