import type { UnreadableRow } from '../ports/source.js'

/** A longer record cannot be a person. */
const MAX_RECORD = 1024 * 1024

/** Where the next letter is: at the beginning of a field, in one, within quotes, or after the closing quote. */
type Place = 'start' | 'field' | 'quotes' | 'after'

/** What is read, and how to report problems. */
export interface CsvSplitting {
  /** Where a bad record begins, by its line, such as `people.csv:17`. */
  readonly at: (line: number) => string
  readonly bad: (row: UnreadableRow) => void
  /** Called if the file ends within quotes. */
  readonly cutOff: () => never
}

/**
 * Yields the records of a CSV file whole, each ending with `\n`. Records that would make a parser lose what follows,
 * those without an end and those with letters after a closing quote, are left out and reported; their lines stay, so
 * line numbers stay right.
 */
export async function* csvRecords(texts: AsyncIterable<string>, splitting: CsvSplitting): AsyncGenerator<string> {
  const { at, bad, cutOff } = splitting
  let place: Place = 'start'
  let problem: string | null = null
  let [record, lines, first] = ['', 0, 1]
  const take = (text: string): void => {
    if (problem === null) record += text
    if (record.length <= MAX_RECORD) return
    ;[record, problem] = ['', 'row_too_long']
  }
  const finish = (): string => {
    if (problem !== null) bad({ unreadable: problem, at: at(first) })
    const whole = problem === null ? `${record.replace(/\r$/, '')}\n` : '\n'.repeat(lines + 1)
    first += lines + 1
    ;[place, problem, record, lines] = ['start', null, '', 0]
    return whole
  }
  for await (const text of texts) {
    let start = 0
    let whole = ''
    for (let index = 0; index < text.length; index++) {
      const letter = text[index]
      if (letter === '\n') {
        if (place === 'quotes') lines++
        else {
          take(text.slice(start, index))
          start = index + 1
          whole += finish()
        }
      } else if (place === 'quotes') {
        if (letter === '"') place = 'after'
      } else if (letter === '"' && place !== 'field') place = 'quotes'
      else if (letter === ',') place = 'start'
      else if (place === 'after') {
        // The CR of a Windows line ending does not count.
        if (letter === '\r') continue
        ;[place, problem] = ['field', problem ?? 'row_unreadable']
      } else place = 'field'
    }
    take(text.slice(start))
    if (whole !== '') yield whole
  }
  if (place === 'quotes') cutOff()
  if (record !== '' || problem !== null) yield finish()
}
