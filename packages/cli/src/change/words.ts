import type { MoveRefusal } from '@dualauth/core'

export function people(count: number): string {
  return count === 1 ? '1 person' : `${count} people`
}

export function wordMoment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}

export function wordPlace(organization: string | null): string {
  return organization ?? 'everybody'
}

export function wordRefusal(refusal: MoveRefusal): string {
  switch (refusal.code) {
    case 'stages_skipped':
      return `Refused: from ${refusal.from ?? 'no policy'} to ${refusal.to} skips stages (${wordPlace(refusal.organization)}). Go one stage at a time, or add --force.`
    case 'logouts_not_accepted':
      return `Refused: up to ${people(refusal.people)} would have to sign in again. If that is intended, add --accept-logouts ${refusal.people}.`
    case 'logouts_unknown':
      return 'Refused: how many people would have to sign in again is unknown. If that is intended, add --force.'
  }
}
