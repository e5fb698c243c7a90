import type { Kind } from '../ports/rows.js'

/** How sources call what they are given of each kind: errors name the option. */
export const OPTION_OF: Readonly<Record<Kind, 'people' | 'organizations' | 'memberships' | 'groups'>> = Object.freeze({
  person: 'people',
  organization: 'organizations',
  membership: 'memberships',
  group: 'groups',
})
