import type { ExplainInput } from '@dualauth/core'
import { CliError, EXIT } from '../../exit.js'

/** One credential from a sample file, and where it travels. */
export interface Sample {
  /** Such as `sample 2`; reveals nothing about the credential. */
  readonly label: string
  readonly input: ExplainInput
  /** The credential itself. Never printed. */
  readonly value: string
  /** The cookie's name, which may itself contain a token; null if it is not a cookie. */
  readonly cookie: string | null
}

const HEADER = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/
const SCHEME = /^([A-Za-z][A-Za-z0-9_-]*)[ \t]+(\S.*)$/

/**
 * Reads header fields as browser tools or `curl -v` show them, one per line: `Authorization: Bearer …`,
 * `Cookie: a=…; b=…`, `X-Api-Key: …`. A line without a name is a bearer token; a line that begins with `#` is a
 * comment.
 *
 * @param looked Names of the cookies that verifiers read. If a `Cookie` field contains any of them, its other cookies
 *   are ignored.
 */
export function readSamples(text: string, looked: readonly string[]): readonly Sample[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const found = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line, place) => sampleOf(line, `sample ${place + 1}`, looked))
  if (found.length === 0) throw new CliError(EXIT.usage, 'There is no sample in the samples.')
  return found
}

function sampleOf(line: string, label: string, looked: readonly string[]): readonly Sample[] {
  const [, name = '', rest = ''] = HEADER.exec(line.replace(/^[<>] /, '')) ?? []
  if (name === '') return [{ label, input: line, value: line, cookie: null }]
  const field = name.toLowerCase()
  if (field === 'cookie') return cookiesOf(rest, label, looked)
  if (field !== 'authorization') return [{ label, input: { header: field, value: rest }, value: rest, cookie: null }]
  const [, scheme, value] = SCHEME.exec(rest) ?? []
  if (scheme === undefined || value === undefined)
    return [{ label, input: { header: 'authorization', value: rest }, value: rest, cookie: null }]
  return [{ label, input: scheme.toLowerCase() === 'bearer' ? value : { scheme, value }, value, cookie: null }]
}

function cookiesOf(field: string, label: string, looked: readonly string[]): readonly Sample[] {
  const all = field.split(';').flatMap((pair): Sample[] => {
    const at = pair.indexOf('=')
    if (at < 1) return []
    const cookie = pair.slice(0, at).trim()
    const value = pair.slice(at + 1).trim()
    return [{ label, input: { cookie, value }, value, cookie }]
  })
  const known = all.filter(({ cookie }) => cookie !== null && looked.includes(cookie))
  return known.length > 0 ? known : all
}
