import { DATE_TIME_FORM, isDateTime } from '@dualauth/core/settings'
import { InvalidArgumentError } from 'commander'
import { STAGES, type Stage } from '@dualauth/core'

/** Commander turns this error into a sentence that names the argument. */
function invalid(form: string): InvalidArgumentError {
  return new InvalidArgumentError(`It takes ${form}.`)
}

export function migrationName(text: string): string {
  if (!/^[A-Za-z][\w.-]{0,63}$/.test(text)) throw invalid('a letter, then up to 63 letters, digits, ".", "-" or "_"')
  return text
}

export function stageName(text: string): Stage {
  const stage = STAGES.find((name) => name === text)
  if (stage === undefined) throw invalid(`one of ${STAGES.join(', ')}`)
  return stage
}

/** Hundredths of a percent. The sign `%` is required, because 0.5 could mean a half. */
export function percent(text: string): number {
  const [, whole, fraction = ''] = /^(\d{1,3})(?:\.(\d{1,2}))?%$/.exec(text) ?? []
  const basisPoints = Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
  if (whole === undefined || basisPoints > 10_000) throw invalid('a percentage from 0% to 100%, such as 1% or 12.5%')
  return basisPoints
}

export function percentText(basisPoints: number): string {
  return `${basisPoints / 100}%`
}

/** A date in the form that policies use. */
export function date(text: string): string {
  if (!isDateTime(text)) throw invalid(DATE_TIME_FORM)
  return text
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** A duration in seconds. */
export function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? []
  const seconds = Number(count) * (SECONDS[unit] ?? 0)
  if (seconds === 0) throw invalid('a duration, such as 90m, 12h or 30d')
  return seconds
}

export function whole(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= minimum && value <= maximum)) throw invalid(`a whole number from ${minimum} to ${maximum}`)
    return value
  }
}

export function oneOf<const Names extends readonly string[]>(names: Names): (text: string) => Names[number] {
  return (text) => {
    if (!names.includes(text)) throw invalid(`one of ${names.join(', ')}`)
    return text
  }
}

/** The id of an organization or unit, in the form that policies use. */
export function id(text: string): string {
  // JSON readers drop a member named `__proto__`.
  if (text === '' || text.length > 512 || text === '__proto__')
    throw invalid('an id of 1 to 512 characters, not __proto__')
  return text
}

/** Collects a list of ids. */
export function ids(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), id(text)]
}
