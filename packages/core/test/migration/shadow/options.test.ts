import { expect, it } from 'vitest'
import { createDualAuth, legacyJwt, type ShadowOptions } from '../../../src/index.js'
import { createMove } from '../../support/migration.js'
import { legacyOptions } from '../../support/legacy.js'
import { wrongOption } from '../../support/outcome.js'
import { OTHER_SECRET, SECRET } from '../../support/tokens.js'

const access = { roles: {} }

it.each<[string, unknown]>([
  ['shadow', {}],
  ['shadow.access.roles.admin[0]', { access: { roles: { admin: [''] } } }],
  ['shadow.link', { link: 'accounts' }],
  ['shadow.directory', { directory: true }],
  ['shadow.sample', { access, sample: 1.1 }],
  ['shadow.maxInFlight', { access, maxInFlight: 0 }],
  ['shadow.timeoutMs', { access, timeoutMs: 5 }],
  ['shadow.ignore[0].class', { access, ignore: [{ class: 'all', reason: 'a', until: '2030-01-01' }] }],
  ['shadow.ignore[0].reason', { access, ignore: [{ class: 'missing', until: '2030-01-01' }] }],
  ['shadow.ignore[0].until', { access, ignore: [{ class: 'missing', reason: 'a' }] }],
])('names %s where it is wrong', (option, shadow) => {
  expect(wrongOption(() => createMove({ shadow: shadow as ShadowOptions }))).toContain(option)
})

it('needs a listener: what is found are events', () => {
  const verifiers = [SECRET, OTHER_SECRET].map((secret, place) =>
    legacyJwt({ ...legacyOptions({ secrets: [secret] }), name: place === 0 ? 'legacy' : 'fresh' }),
  )
  const policy = { version: 1, stage: 'shadow' } as const
  const migration = { from: ['legacy' as const], to: 'fresh' as const, policy, shadow: { access } }
  expect(wrongOption(() => createDualAuth({ verifiers, link: () => null, migration }))).toBe('createDualAuth.onEvent')
})
