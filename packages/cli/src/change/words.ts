import type { MoveRefusal, MoveWarning } from '@dualauth/core'

export function people(count: number): string {
  return count === 1 ? '1 person' : `${count} people`
}

export function wordMoment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}

export function wordPlace(organization: string | null): string {
  return organization ?? 'everybody'
}

export function wordWarning(warning: MoveWarning): string {
  switch (warning.code) {
    case 'old_side_in_use':
      return `${people(warning.people)} seen on the old side within 30 days will be refused.`
    case 'logouts':
      return `${people(warning.people)} on the new side will have to sign in again.`
    case 'evidence_missing':
      return 'Nothing was watched within 30 days: nobody can say how many people this affects.'
    case 'evidence_young':
      return `Somebody has watched only since ${wordMoment(warning.since)}: people who were not there since are not counted.`
    case 'not_loss_free':
      return warning.earliest === null
        ? 'Credentials of the old side that are refused may still be current: the cut-off does not say when the last one ends.'
        : `Credentials of the old side that are refused may still be current until ${wordMoment(warning.earliest)}.`
    case 'keys_needed':
      return 'The verifiers of the old side load their keys again: they have to be configured.'
    case 'rollout_rechosen':
      return 'Another salt or unit: the rollout chooses other people.'
    case 'acceptance_over':
      return 'The date until which the old side is accepted has passed: it is refused at once, at any stage that accepts both.'
  }
}

export function wordRefusal(refusal: MoveRefusal): string {
  switch (refusal.code) {
    case 'stages_skipped':
      return `Refused: from ${refusal.from ?? 'no policy'} to ${refusal.to} skips stages (${wordPlace(refusal.organization)}). Go one stage at a time, or add --force.`
    case 'logouts_not_accepted':
      return `Refused: ${people(refusal.people)} would have to sign in again. If that is meant, add --accept-logouts ${refusal.people}.`
    case 'logouts_unknown':
      return 'Refused: how many people would have to sign in again is not known. If that is meant, add --force.'
  }
}
