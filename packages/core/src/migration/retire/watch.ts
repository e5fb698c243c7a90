import { DAY_MS } from '../evidence/day.js'
import type { Heartbeat } from '../evidence/evidence.js'

/** A span of time, in milliseconds since the epoch. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Whether heartbeats prove that nothing was missed. */
export interface Watch {
  /** Times longer than the tolerance when no instance was watching. Oldest first. */
  readonly gaps: readonly Span[]
  /** Instances that stopped without reporting it. They may still have been running. */
  readonly silent: readonly string[]
  /** Instances that continued after a time without heartbeats. */
  readonly broken: readonly string[]
  /**
   * Instances whose clock differed from the store's by more than the tolerance, so the times of their sightings are
   * unknown.
   */
  readonly skewed: readonly string[]
  /** Sightings that were dropped within the span. */
  readonly lost: number
}

/**
 * Finds what is missing from a gapless watch over a span of time.
 * @param all Heartbeats, including those of the day before the span.
 * @param toleranceMs The longest allowed silence of an instance, or of all instances.
 */
export function watchOf(all: readonly Heartbeat[], span: Span, toleranceMs: number): Watch {
  const isSkewed = ({ skewMs = 0 }: Heartbeat): boolean => Math.abs(skewMs) > toleranceMs
  const skewed = new Set(all.filter(isSkewed).map(({ instance }) => instance))
  const heartbeats = all.filter(({ instance }) => !skewed.has(instance))
  const instances = new Map<string, Heartbeat[]>()
  for (const beat of [...heartbeats].sort((one, other) => one.firstAt - other.firstAt))
    instances.set(beat.instance, [...(instances.get(beat.instance) ?? []), beat])
  const instancesThat = (isSo: (beats: readonly Heartbeat[]) => boolean): readonly string[] =>
    [...instances].filter(([, beats]) => isSo(beats)).map(([instance]) => instance)
  return {
    gaps: gapsOf(heartbeats, span, toleranceMs),
    silent: instancesThat((beats) => isSilent(beats, span, toleranceMs)),
    broken: instancesThat((beats) => isBroken(beats, span, toleranceMs)),
    skewed: [...skewed],
    lost: [...instances.values()].reduce((sum, beats) => sum + lostWithin(beats, span), 0),
  }
}

function gapsOf(heartbeats: readonly Heartbeat[], { from, to }: Span, toleranceMs: number): readonly Span[] {
  const gaps: Span[] = []
  let until = from
  for (const beat of [...heartbeats].sort((one, other) => one.firstAt - other.firstAt)) {
    if (beat.firstAt - until > toleranceMs) gaps.push({ from: until, to: Math.min(beat.firstAt, to) })
    until = Math.max(until, beat.lastAt)
    if (until >= to) return gaps.filter((gap) => gap.from < to)
  }
  return to - until > toleranceMs ? [...gaps, { from: until, to }] : gaps
}

/** An instance that fell silent on the day before the span may have been running within it. */
function isSilent(beats: readonly Heartbeat[], { from, to }: Span, toleranceMs: number): boolean {
  const latest = beats.reduce((one, other) => (other.lastAt > one.lastAt ? other : one))
  return !latest.ended && latest.lastAt > from - DAY_MS && to - latest.lastAt > toleranceMs
}

/** @param beats Heartbeats of one instance, by time; at least one. */
function isBroken(beats: readonly Heartbeat[], { from }: Span, toleranceMs: number): boolean {
  const [first] = beats as [Heartbeat]
  // An instance that watched from midnight on also watched before midnight, so a heartbeat is missing.
  if (first.firstAt > from && first.firstAt % DAY_MS === 0) return true
  return beats.some((beat, place) => {
    const before = beats[place - 1]
    return before !== undefined && beat.lastAt > from && beat.firstAt - before.lastAt > toleranceMs
  })
}

/** Instances count from their start, so losses before the span are subtracted. */
function lostWithin(beats: readonly Heartbeat[], { from }: Span): number {
  let before = 0
  let lost = 0
  for (const beat of beats) {
    if (beat.lastAt > from) lost += Math.max(0, beat.lost - before)
    before = Math.max(before, beat.lost)
  }
  return lost
}
