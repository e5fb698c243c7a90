import type { Target } from '../row.js'
import type { Spread, Summary } from './summary.js'

export function formatValue(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
}

export function formatSpread(spread: Spread | undefined): string {
  return spread === undefined ? '' : formatValue(spread.median)
}

export function formatTarget({ atMost, atLeast }: Target): string {
  if (atMost !== undefined) return `≤ ${atMost.toLocaleString('en-US')}`
  return atLeast === undefined ? '' : `≥ ${atLeast.toLocaleString('en-US')}`
}

export function formatMet(met: Summary['met']): string {
  if (met === null) return ''
  return met ? 'met' : 'not met'
}
