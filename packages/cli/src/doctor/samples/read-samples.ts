import type { ExplainInput } from '@dualauth/core'
import { CliError, EXIT } from '../../exit.js'
import { holds, readCookie, type CookieFlaw, type CookieNames, type Pair } from './cookie-chunks.js'

/** One credential from a sample file, and where it travels. */
export interface Sample {
  /** Such as `sample 2`; reveals nothing about the credential. */
  readonly label: string
  readonly input: ExplainInput
  /** The credential itself. Never printed. */
  readonly value: string
  /** The cookie's name, which may itself contain a token; null if it is not a cookie. */
  readonly cookie: string | null
  /** Faults of the cookie that have nothing to do with its content. */
  readonly flaws: readonly CookieFlaw[]
  /** Its chunks cannot be joined, so there is nothing to judge. */
  readonly isBroken: boolean
  /** Further chunks of the cookie may be missing. */
  readonly mayGoOn: boolean
}

const HEADER = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/
const SCHEME = /^([A-Za-z][A-Za-z0-9_-]*)[ \t]+(\S.*)$/

const PLAIN = { cookie: null, flaws: [], isBroken: false, mayGoOn: false } as const

/**
 * Reads header fields as browser tools or `curl -v` show them, one per line: `Authorization: Bearer …`,
 * `Cookie: a=…; b=…`, `X-Api-Key: …`. A line without a name is a bearer token; a line that begins with `#` is a
 * comment.
 *
 * @param names The cookies that verifiers read. If a `Cookie` field contains any of them, its other cookies are ignored.
 */
export function readSamples(text: string, names: CookieNames): readonly Sample[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const found = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line, place) => sampleOf(line, `sample ${place + 1}`, names))
  if (found.length === 0) throw new CliError(EXIT.usage, 'There is no sample in the samples.')
  return found
}

function sampleOf(line: string, label: string, names: CookieNames): readonly Sample[] {
  const [, name = '', rest = ''] = HEADER.exec(line.replace(/^[<>] /, '')) ?? []
  if (name === '') return [{ ...PLAIN, label, input: line, value: line }]
  const field = name.toLowerCase()
  if (field === 'cookie') return cookiesOf(rest, label, names)
  if (field !== 'authorization') return [{ ...PLAIN, label, input: { header: field, value: rest }, value: rest }]
  const [, scheme, value] = SCHEME.exec(rest) ?? []
  if (scheme === undefined || value === undefined)
    return [{ ...PLAIN, label, input: { header: 'authorization', value: rest }, value: rest }]
  return [{ ...PLAIN, label, input: scheme.toLowerCase() === 'bearer' ? value : { scheme, value }, value }]
}

function cookiesOf(field: string, label: string, names: CookieNames): readonly Sample[] {
  const pairs = field.split(';').flatMap((pair): Pair[] => {
    const at = pair.indexOf('=')
    return at < 1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]]
  })
  const plain = ([cookie, value]: Pair): Sample => ({ ...PLAIN, label, input: { cookie, value }, value, cookie })
  const known = [...new Set(names.looked)].filter((cookie) => holds(cookie, pairs))
  if (known.length === 0) return pairs.map(plain)
  const judged = known.flatMap((cookie): Sample[] => {
    const { value, flaws, mayGoOn } = readCookie(cookie, pairs, names)
    // If a name has several values, each is judged.
    const whole = pairs.filter(([name]) => name === cookie)
    const [first, ...others] = whole.length > 0 ? whole.map(plain) : [plain([cookie, value ?? ''])]
    return [{ ...(first as Sample), flaws, isBroken: value === null, mayGoOn }, ...others]
  })
  // Companions are not judged on their own.
  const beside = names.beside.map((cookie): Sample => {
    const { flaws } = readCookie(cookie, pairs, names)
    return { ...plain([cookie, '']), flaws, isBroken: true }
  })
  return [...judged, ...beside.filter(({ flaws }) => flaws.length > 0)]
}
