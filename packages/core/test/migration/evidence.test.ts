import { expect, it } from 'vitest'
import { memoryEvidence, retireFactsOf, type EvidenceStore } from '../../src/index.js'
import { createPendingSightings } from '../../src/migration/evidence/pending-sightings.js'
import { watchOf } from '../../src/migration/retire/watch.js'
import { seconds, START } from '../support/clock.js'
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

it('what a store that is down did not take is written when it is back, with one event for the outage', async () => {
  let isDown = true
  const store = memoryEvidence()
  const evidence: EvidenceStore = {
    write(...given) {
      if (isDown) throw new Error('the database is down')
      return store.write(...given)
    },
  }
  const { auth, clock, events } = createMove({ stage: 'dual', evidence })
  await auth.authenticate(bearer(oldToken('ada')))
  await expect(auth.flush()).rejects.toThrow('down')
  clock.advance(1_000)
  await auth.authenticate(bearer(oldToken('ada')))
  await expect(auth.flush()).rejects.toThrow('down')
  isDown = false
  await auth.flush()
  expect(store.sightings()).toMatchObject([{ user: 'ada', uses: 2, firstAt: START, lastAt: START + 1_000 }])
  expect(events.filter(({ type }) => type === 'evidence_failed')).toHaveLength(1)
})

it('an instance says that it watches, since when, by which policy, and that it ended', async () => {
  const store = memoryEvidence()
  const { auth, clock, publish } = createMove({ stage: 'dual', evidence: store })
  await auth.authenticate(bearer(oldToken('ada')))
  await auth.flush()
  const day = '2026-01-15'
  expect(store.heartbeats()).toMatchObject([
    { migration: 'default', day, firstAt: START, version: 1, lost: 0, ended: false },
  ])
  await publish({ stage: 'prefer-new' })
  clock.advance(1_000)
  await auth.flush()
  expect(store.heartbeats()).toMatchObject([{ lastAt: START + 1_000, version: 2 }])
  clock.advance(89_000)
  await auth.flush()
  expect(store.heartbeats()).toMatchObject([{ firstAt: START, lastAt: START + 90_000, version: 2, ended: false }])
  clock.advance(86_400_000)
  await auth.close()
  expect(store.heartbeats()).toMatchObject([
    { day, ended: false },
    { day: '2026-01-16', firstAt: Date.UTC(2026, 0, 16), ended: true },
  ])
})

it('a store that was down over midnight leaves no gap in the days that ended meanwhile', async () => {
  const store = memoryEvidence()
  let isDown = false
  const evidence: EvidenceStore = {
    write(...given) {
      if (isDown) throw new Error('the database is down')
      return store.write(...given)
    },
  }
  const { auth, clock } = createMove({ stage: 'dual', evidence })
  await auth.authenticate(bearer(oldToken('ada')))
  await auth.flush()
  isDown = true
  clock.advance(40 * 3_600_000)
  await auth.authenticate(bearer(oldToken('ada')))
  await expect(auth.flush()).rejects.toThrow('down')
  isDown = false
  await auth.close()
  const { heartbeats } = retireFactsOf(store, { now: clock.now() })
  expect(watchOf(heartbeats, { from: START, to: clock.now() }, 1)).toEqual({
    gaps: [],
    silent: [],
    broken: [],
    lost: 0,
  })
  expect(heartbeats.map(({ day, ended }) => [day, ended])).toEqual(
    expect.arrayContaining([
      ['2026-01-15', false],
      ['2026-01-16', false],
      ['2026-01-17', true],
    ]),
  )
})

it('the latest end of the credentials that were seen is kept: when it has passed, nobody holds one any more', async () => {
  const store = memoryEvidence()
  const { auth } = createMove({ stage: 'dual', evidence: store })
  for (const exp of [seconds(300), seconds(900), seconds(600)])
    await auth.authenticate(bearer(oldToken('ada', { exp })))
  await auth.close()
  expect(store.sightings()).toMatchObject([{ uses: 3, expiresAt: seconds(900) * 1000 }])
})

it('a person of two organizations is seen in each', async () => {
  const store = memoryEvidence()
  const { auth } = createMove({ stage: 'dual', evidence: store, organizations: { ada: 'acme' } })
  await auth.authenticate(bearer(oldToken('ada')))
  await auth.authenticate(bearer(oldToken('bob')))
  await auth.close()
  expect(store.sightings().map(({ user, organization }) => [user, organization])).toEqual([
    ['ada', 'acme'],
    ['bob', null],
  ])
})

it('what there is no room for is counted, so that nothing looks like proof', () => {
  const pending = createPendingSightings('default', 2)
  const seen = (user: string): Parameters<typeof pending.add>[0] => ({
    side: 'old',
    outcome: 'accepted',
    user,
    organization: null,
    client: 'bearer',
    verifier: 'legacy',
    expiresAt: null,
  })
  for (const user of ['ada', 'bob', 'cid', 'ada']) pending.add(seen(user), START)
  expect(pending.lost).toBe(1)
  expect(pending.take(START, false).map(({ user, uses }) => [user, uses])).toEqual([
    ['ada', 2],
    ['bob', 1],
  ])
  // Written an hour ago: there is room again.
  pending.add(seen('cid'), START + 3_600_000)
  expect([pending.lost, pending.take(START + 3_600_000, false).length]).toEqual([1, 1])
})

it('nothing that was judged is noted where it did not decide, and no event or sighting holds a credential', async () => {
  const store = memoryEvidence()
  const { auth, events } = createMove({ stage: 'new-only', evidence: store })
  const token = oldToken('ada')
  await auth.authenticate(cookies(['token', token], newCookie('ada')))
  await auth.authenticate(bearer(token))
  await auth.close()
  expect(store.sightings().map(({ side, outcome }) => `${side} ${outcome}`)).toEqual(['new accepted', 'old refused'])
  const told = JSON.stringify([events, store.sightings(), store.heartbeats()])
  for (const part of [token, ...token.split('.'), 'example.com']) expect(told).not.toContain(part)
})
