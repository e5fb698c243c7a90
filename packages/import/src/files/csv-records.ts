import type { UnreadableRow } from '../ports/source.js'

/** A longer record is no person. */
const MAX_RECORD = 1024 * 1024

/** Where the next letter stands: at the beginning of a field, in one, within quotes, or after the quote that ended them. */
type Place = 'start' | 'field' | 'quotes' | 'after'

/** What is read, and what it came to. */
export interface CsvSplitting {
  /** Where a bad record begins, such as `people.csv:17`, by its line. */
  readonly at: (line: number) => string
  readonly bad: (row: UnreadableRow) => void
  /** Called instead of ending within quotes. */
  readonly cutOff: () => never
}

/**
 * Hands on the records of a CSV file whole, with `\n` at their ends. What a parser could not get over without losing what comes after,
 * a record without end and letters behind a closing quote, is left out and reported; its lines stay, so that lines count the same.
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
        // The end of a line of Windows is none.
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
