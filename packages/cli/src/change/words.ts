import type { CriticalMismatches, MoveRefusal } from '@dualauth/core'

export function people(count: number): string {
  return count === 1 ? '1 person' : `${count} people`
}

export function wordMoment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}

export function wordPlace(organization: string | null): string {
  return organization ?? 'everybody'
}

/** @param found At least one. */
export function wordMismatches({ times, lastAt }: CriticalMismatches): string {
  const all = Object.entries(times)
  const count = all.reduce((sum, [, one]) => sum + one, 0)
  const classes = all.map(([name, one]) => `${name} ${one}`).join(', ')
  const last = lastAt === null ? '' : `, the last at ${wordMoment(lastAt)}`
  return `${count} critical ${count === 1 ? 'difference' : 'differences'} (${classes})${last}`
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
