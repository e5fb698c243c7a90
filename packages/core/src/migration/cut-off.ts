import type { CutOff } from './policy/policy-document.js'

/** Why a credential of the old side is refused although the stage accepts it. */
export type CutOffReason = 'issued_after_cut_off' | 'acceptance_over' | 'too_old' | 'undated'

/** A cut-off with its moments in milliseconds since the epoch. */
export interface CutOffRule {
  /** Infinity: the old side may go on issuing. */
  readonly issuedUntil: number
  /** Infinity: no end. */
  readonly acceptUntil: number
  /** Infinity: any age. */
  readonly maxAgeMs: number
  readonly acceptsUndated: boolean
}

/** How far the clock of the old side may be ahead. */
const SKEW_MS = 60_000

export function cutOffRule({ refuseIssuedAfter, acceptUntil, maxAgeSeconds, undated }: CutOff): CutOffRule {
  return {
    issuedUntil: momentOf(refuseIssuedAfter),
    acceptUntil: momentOf(acceptUntil),
    maxAgeMs: maxAgeSeconds === undefined ? Number.POSITIVE_INFINITY : maxAgeSeconds * 1000,
    acceptsUndated: undated === 'accept',
  }
}

/**
 * Whether the cut-off refuses a credential of the old side. Null: it does not.
 * @param issuedAt Seconds since the epoch; null if the credential does not say.
 * @param now Milliseconds since the epoch.
 */
export function cutOff(rule: CutOffRule, issuedAt: number | null, now: number): CutOffReason | null {
  const { issuedUntil, acceptUntil, maxAgeMs, acceptsUndated } = rule
  if (now >= acceptUntil) return 'acceptance_over'
  const isOver = now >= issuedUntil
  if (issuedAt === null) return acceptsUndated || (!isOver && maxAgeMs === Number.POSITIVE_INFINITY) ? null : 'undated'
  const issued = issuedAt * 1000
  if (issued >= issuedUntil + SKEW_MS) return 'issued_after_cut_off'
  // After the old side's last issue, age is counted from that time, so back-dating gains nothing.
  return issued <= Math.min(issuedUntil, now) - maxAgeMs ? 'too_old' : null
}

/** Whether it refuses credentials that the old side issues from now on. People who sign in there could not get in. */
export function isIssuedInVain({ issuedUntil, acceptUntil }: CutOffRule, now: number): boolean {
  return now >= Math.min(issuedUntil, acceptUntil)
}

/** The credentials of the old side that a cut-off refuses at one moment, by time of issue in milliseconds. */
export interface CutOffAt {
  /** Whether all are refused. */
  readonly isOver: boolean
  readonly tooOldUntil: number
  readonly tooNewFrom: number
  readonly refusesUndated: boolean
}

/** The rule if there is no cut-off. */
export const OPEN: CutOffAt = {
  isOver: false,
  tooOldUntil: Number.NEGATIVE_INFINITY,
  tooNewFrom: Number.POSITIVE_INFINITY,
  refusesUndated: false,
}

export function cutOffAt(written: CutOff, now: number): CutOffAt {
  const { issuedUntil, acceptUntil, maxAgeMs, acceptsUndated } = cutOffRule(written)
  return {
    isOver: now >= acceptUntil,
    tooOldUntil: Math.min(issuedUntil, now) - maxAgeMs,
    tooNewFrom: issuedUntil + SKEW_MS,
    refusesUndated: !acceptsUndated && (now >= issuedUntil || maxAgeMs !== Number.POSITIVE_INFINITY),
  }
}

/**
 * The earliest moment at which `new-only` refuses no current credential of the old side, in milliseconds since the
 * epoch: the last issue plus the longest life of a credential. Null if the cut-off does not define both.
 */
export function earliestLossFree({ refuseIssuedAfter, acceptUntil, maxAgeSeconds }: CutOff): number | null {
  const byAge =
    refuseIssuedAfter === undefined || maxAgeSeconds === undefined
      ? null
      : Date.parse(refuseIssuedAfter) + SKEW_MS + maxAgeSeconds * 1000
  if (acceptUntil === undefined) return byAge
  return Math.min(Date.parse(acceptUntil), byAge ?? Number.POSITIVE_INFINITY)
}

function momentOf(date: string | undefined): number {
  return date === undefined ? Number.POSITIVE_INFINITY : Date.parse(date)
}
