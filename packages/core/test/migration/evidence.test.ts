import { expect, it } from 'vitest'
import { createMove, newCookie, oldCookie, oldToken } from '../support/migration.js'
import { bearer, cookies } from '../support/requests.js'

it('who was seen on both sides between two writes has used both', async () => {
  const { auth, sightings } = createMove({ stage: 'dual' })
  await auth.authenticate(bearer(oldToken('ada')))
  await auth.authenticate(cookies(newCookie('ada')))
  await auth.authenticate(bearer(oldToken('ada')))
  await auth.flush()
  const seen = sightings.map(({ side, user, client, uses }) => [side, user, client, uses])
  expect(seen).toEqual([
    ['old', 'ada', 'bearer', 2],
    ['new', 'ada', 'browser', 1],
  ])
  await auth.close()
})

it('a person is written once per side and hour, and what was seen since is written at the end', async () => {
  const { auth, sightings, clock } = createMove({ stage: 'dual' })
  const token = oldToken('ada')
  await auth.authenticate(bearer(token))
  await auth.flush()
  for (let minute = 1; minute < 10; minute++) {
    clock.advance(60_000)
    await auth.authenticate(bearer(token))
    await auth.flush()
  }
  expect(sightings.map(({ uses }) => uses)).toEqual([1])
  await auth.close()
  expect(sightings.map(({ uses }) => uses)).toEqual([1, 9])
})

it('a credential that is refused as retired is evidence, with its person while it is verified', async () => {
  const { auth, sightings, publish } = createMove({ stage: 'new-only' })
  await auth.authenticate(bearer(oldToken('ada')))
  await publish({ stage: 'retired' })
  await auth.authenticate(bearer(oldToken('bob', { iat: 5 })))
  await auth.close()
  expect(sightings.map(({ side, outcome, user }) => [side, outcome, user])).toEqual([
    ['old', 'refused', 'ada'],
    ['old', 'refused', null],
  ])
})

it('an old cookie that lies beside a valid new session is no evidence of the old side', async () => {
  const { auth, sightings } = createMove({ stage: 'dual' })
  await auth.authenticate(cookies(oldCookie('ada'), newCookie('ada')))
  await auth.close()
  expect(sightings.map(({ side }) => side)).toEqual(['new'])
})
