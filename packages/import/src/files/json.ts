import { basename } from 'node:path'
import { optionError } from '@dualauth/core/settings'
import type { UnreadableRow } from '../ports/source.js'
import type { FileRow } from './rows.js'
import { textOf, type FileReading } from './text.js'

/** How long the text of one object may be. */
export interface JsonReading extends FileReading {
  readonly maxLine: number
}

/** Longer ones cannot be a person. */
export const MAX_OBJECT: number = 1024 * 1024

/**
 * Reads one JSON object per line. A line that is not one, or is too long, is an unreadable row; memory holds one line.
 */
export async function* jsonLines(path: string, reading: JsonReading): AsyncGenerator<FileRow | UnreadableRow> {
  const { maxLine } = reading
  const name = basename(path)
  let line = ''
  let isTooLong = false
  let number = 0
  const take = (text: string): void => {
    if (!isTooLong) line += text
    if (line.length > maxLine) [line, isTooLong] = ['', true]
  }
  const finish = (): FileRow | UnreadableRow | null => {
    number++
    const at = `${name}:${number}`
    const row = isTooLong ? { unreadable: 'row_too_long', at } : line.trim() === '' ? null : rowOf(line, at)
    ;[line, isTooLong] = ['', false]
    return row
  }
  for await (const text of textOf(path, reading)) {
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      take(text.slice(start, end))
      start = end + 1
      const row = finish()
      if (row !== null) yield row
    }
    take(text.slice(start))
  }
  const last = finish()
  if (last !== null) yield last
}

/** A line that is not an object is not repeated in the result: it may hold an address. */
function rowOf(text: string, at: string): FileRow | UnreadableRow {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { value: value as FileRow['value'], at }
  } catch {
    // As below.
  }
  return { unreadable: 'row_unreadable', at }
}

/**
 * Reads the objects of a JSON list, or one object per line; memory holds one object.
 *
 * @throws {AuthError} `configuration_invalid`: the list does not end, so the file is cut off.
 */
export async function* jsonObjects(path: string, reading: JsonReading): AsyncGenerator<FileRow | UnreadableRow> {
  if (!(await isList(path, reading))) return yield* jsonLines(path, reading)
  const name = basename(path)
  let [object, isTooLong, depth, isText, isEscaped, line, first] = ['', false, 0, false, false, 1, 1]
  for await (const text of textOf(path, reading)) {
    /** Where the object's part in this portion begins. */
    let start = 0
    const take = (end: number): void => {
      if (!isTooLong) object += text.slice(start, end)
      if (object.length > reading.maxLine) [object, isTooLong] = ['', true]
    }
    for (let place = 0; place < text.length; place++) {
      const letter = text[place]
      if (letter === '\n') line++
      if (isText) {
        if (isEscaped) isEscaped = false
        else if (letter === '\\') isEscaped = true
        else if (letter === '"') isText = false
      } else if (letter === '"') isText = true
      else if (letter === '[' || letter === '{') {
        if (++depth === 2) [start, first] = [place, line]
      } else if ((letter === ']' || letter === '}') && --depth === 1) {
        take(place + 1)
        const at = `${name}:${first}`
        yield isTooLong ? { unreadable: 'row_too_long', at } : rowOf(object, at)
        ;[object, isTooLong] = ['', false]
      }
    }
    if (depth > 1) take(text.length)
  }
  if (depth !== 0) throw optionError(reading.option, `is cut off (${name}): its list does not end`)
}

async function isList(path: string, reading: FileReading): Promise<boolean> {
  for await (const text of textOf(path, reading)) {
    const first = text.trimStart()[0]
    if (first !== undefined) return first === '['
  }
  return false
}
