import { expect, it } from 'vitest'
import type { AuthEvent, DecidingPolicy } from '../../src/index.js'
import { createMove, newCookie, oldToken } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { bearer, cookies } from '../support/requests.js'

/** What decided, with the event that said so. */
function decided(events: readonly AuthEvent[]): [string, DecidingPolicy | null][] {
  return events.flatMap((event) =>
    event.type === 'authenticated' || event.type === 'refused' ? [[event.type, event.policy]] : [],
  )
}

it('an event names the policy that let a credential in or refused it, also where the credential is remembered', async () => {
  const { auth, publish, events } = createMove({ stage: 'dual' })
  const old = bearer(oldToken('ada'))
  await outcome(auth, old)
  await outcome(auth, cookies(newCookie('ada')))
  await publish({ stage: 'prefer-new' })
  await outcome(auth, old)
  await publish({ stage: 'new-only' })
  await outcome(auth, old)
  const policy = { migration: 'default' }
  expect(decided(events)).toEqual([
    ['authenticated', { ...policy, version: 1, stage: 'dual', side: 'old' }],
    ['authenticated', { ...policy, version: 1, stage: 'dual', side: 'new' }],
    ['authenticated', { ...policy, version: 2, stage: 'prefer-new', side: 'old' }],
    ['refused', { ...policy, version: 3, stage: 'new-only', side: 'old' }],
  ])
})

it('an event names the stage of the organization that the request acts for', async () => {
  const { auth, publish, events } = createMove({ organizations: { ada: 'acme' } })
  await publish({ stage: 'dual', organizations: { acme: { stage: 'new-only' } } })
  await outcome(auth, bearer(oldToken('ada')))
  await outcome(auth, bearer(oldToken('grace')))
  expect(decided(events).map(([type, policy]) => [type, policy?.stage])).toEqual([
    ['refused', 'new-only'],
    ['authenticated', 'dual'],
  ])
})

it('an event names no policy where a credential was refused for another reason', async () => {
  const { auth, events } = createMove({ stage: 'dual' })
  await outcome(auth, bearer(`${oldToken('ada').slice(0, -4)}AAAA`))
  expect(decided(events)).toEqual([['refused', null]])
})
