import { expect, it } from 'vitest'
import type { PolicySource } from '../../src/index.js'
import { atStage, createMove, oldToken } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'

it('says which policies a process knows, without asking for them', async () => {
  const { auth } = createMove({ stage: 'dual' })
  expect(auth.knownPolicies()).toEqual([
    { migration: 'default', version: null, stage: null, basisPoints: null, answeredAt: null },
  ])
  await outcome(auth, bearer(oldToken('ada')))
  expect(auth.knownPolicies()).toMatchObject([{ version: 1, stage: 'dual', answeredAt: null }])
  await auth.close()
})

it('says when a source that is asked again and again has answered last, and no later time once it does not', async () => {
  let isDown = false
  const document = atStage('dual', { rollout: { unit: 'user', salt: 'one', basisPoints: 250 } })
  const policy: PolicySource = {
    pollMs: 60_000,
    load() {
      if (isDown) throw new Error('down')
      return { document }
    },
  }
  const { auth, clock } = createMove({ policy })
  await outcome(auth, bearer(oldToken('ada')))
  const answeredAt = clock.now()
  expect(auth.knownPolicies()).toMatchObject([{ basisPoints: 250, answeredAt }])
  isDown = true
  clock.advance(10_000)
  await expect(auth.ready()).rejects.toMatchObject({ code: 'verifier_unavailable' })
  expect(auth.knownPolicies()).toMatchObject([{ version: 1, answeredAt }])
  await auth.close()
})
