import type { MoveWarning } from '@dualauth/core'
import { percentText } from '../read/arguments.js'
import { people, wordMoment } from './words.js'

export function wordWarning(warning: MoveWarning): string {
  switch (warning.code) {
    case 'old_side_in_use':
      return `${people(warning.people)} last seen on the old side will be refused.`
    case 'logouts':
      return `${people(warning.people)} on the new side will have to sign in again.`
    case 'cut_off_refuses':
      return `The cut-off immediately refuses credentials that are accepted now: up to ${people(warning.people)} on the old side will have to sign in again. It may be fewer, because the time of issue is not kept.`
    case 'outlived':
      return `The cut-off refuses credentials at ${wordMoment(warning.until)} that would be valid for longer: ${people(warning.people)} will then have to sign in again.`
    case 'evidence_missing':
      return 'There is no evidence from the last 30 days, so it is unknown how many people this affects.'
    case 'evidence_unread':
      return 'The database did not count people within its statement timeout, so it is unknown how many this affects. For more time, in milliseconds: `?statement_timeout=60000` in the URL.'
    case 'evidence_young':
      return `Evidence starts only at ${wordMoment(warning.since)}: people who have not been seen since then are not counted.`
    case 'not_loss_free':
      return warning.earliest === null
        ? 'Refused credentials of the old side may still be valid: no cut-off says when the last one expires.'
        : `Refused credentials of the old side may still be valid until ${wordMoment(warning.earliest)}.`
    case 'keys_needed':
      return 'The verifiers of the old side load their keys again, so the keys must be configured.'
    case 'rollout_rechosen':
      return 'The salt or unit changes, so the rollout selects other people.'
    case 'acceptance_over':
      return 'The date until which the old side is accepted has passed: it is refused immediately, at any stage that accepts both.'
    case 'issues_for_nobody':
      return 'At prefer-new the new side issues for nobody: there is no share. Set one: `dualauth rollout set 1%`.'
    case 'rollout_overruled':
      return `From ${wordMoment(warning.since)} on, the cut-off refuses credentials that the old side issues. So the new side issues for everybody, although the rollout is at ${percentText(warning.basisPoints)}.`
    case 'announcement_incomplete':
      return `Answers to the old side will carry ${missingFields(warning.missing)}: set ${warning.missing.map((name) => `--${name}`).join(' and ')} by \`dualauth announce set\`.`
    case 'organizations_stay':
      return `${listed(warning.organizations.map(({ organization, stage }) => `${organization} (${stage})`))} ${warning.organizations.length === 1 ? 'has a stage of its own and stays' : 'have stages of their own and stay'} there.`
    case 'held':
      return `${warning.organization} stays on hold: the old side issues for all of its people, whatever its share. \`dualauth stage set --no-hold\` ends the hold.`
    case 'organization_unseen':
      return `Nobody was ever seen acting for ${warning.organization}. Is the id right?`
  }
}

function missingFields(missing: readonly string[]): string {
  if (missing.length === 2) return 'no Deprecation and no Link'
  return missing[0] === 'deprecation' ? 'no Deprecation' : 'no Link to a page that explains the migration'
}

/** How many organizations are named. */
const NAMED = 5

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return `${names.slice(0, NAMED).join(', ')}${more}`
}
