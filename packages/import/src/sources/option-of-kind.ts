import type { Kind } from '../ports/rows.js'

/** The option of each kind in sources, for errors. */
export const OPTION_OF: Readonly<Record<Kind, 'people' | 'organizations' | 'memberships' | 'groups'>> = Object.freeze({
  person: 'people',
  organization: 'organizations',
  membership: 'memberships',
  group: 'groups',
})
