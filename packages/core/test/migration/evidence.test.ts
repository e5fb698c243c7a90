import { expect, it, vi } from 'vitest'
import { memoryEvidence, retireFactsOf } from '../../src/index.js'
import { createEvidenceBuffer } from '../../src/migration/evidence/evidence-buffer.js'
import { createPendingSightings } from '../../src/migration/evidence/pending-sightings.js'
import { watchOf } from '../../src/migration/retire/watch.js'
import { seconds, START } from '../support/clock.js'
import { DAY } from '../support/evidence.js'
import { createMove, type Move, newCookie, oldCookie, oldToken } from '../support/migration.js'
import { bearer, cookies } from '../support/requests.js'

/** Lets the time go on as it does in a process that runs. */
async function watchFor(hours: number, { auth, clock }: Pick<Move, 'auth' | 'clock'>): Promise<void> {
  for (let minute = 0; minute < hours * 60; minute += 4) {
    clock.advance(4 * 60_000)
    await auth.flush().catch(() => {})
  }
}

/** A move whose store of evidence can be switched off. */
function withOutages() {
  const store = memoryEvidence()
  const outage = { isOn: false }
  const move = createMove({
    stage: 'dual',
    evidence: {
      write(...given) {
        if (outage.isOn) throw new Error('the database is down')
        return store.write(...given)
      },
    },
  })
  return { ...move, store, outage }
}

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
  const { auth, clock, events, store, outage } = withOutages()
  outage.isOn = true
  await auth.authenticate(bearer(oldToken('ada')))
  await expect(auth.flush()).rejects.toThrow('down')
  clock.advance(1_000)
  await auth.authenticate(bearer(oldToken('ada')))
  await expect(auth.flush()).rejects.toThrow('down')
  outage.isOn = false
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
  await watchFor(24, { auth, clock })
  await auth.close()
  expect(store.heartbeats()).toMatchObject([
    { day, ended: false },
    { day: '2026-01-16', firstAt: Date.UTC(2026, 0, 16), ended: true },
  ])
})

it('a process that was suspended for days claims nothing of them: it goes on as another instance', async () => {
  const store = memoryEvidence()
  const { auth, clock } = createMove({ stage: 'dual', evidence: store })
  await auth.authenticate(bearer(oldToken('ada')))
  await auth.flush()
  await watchFor(1, { auth, clock })
  const asleep = clock.now()
  await auth.authenticate(bearer(oldToken('bob', { exp: seconds(9 * 86_400) })))
  clock.advance(3 * DAY)
  const awake = clock.now()
  await auth.authenticate(bearer(oldToken('cid', { exp: seconds(9 * 86_400) })))
  await auth.flush()
  const beats = store.heartbeats()
  expect(beats.map(({ firstAt, lastAt, ended }) => [firstAt, lastAt, ended])).toEqual([
    [START, asleep, true],
    [awake, awake, false],
  ])
  expect(new Set(beats.map(({ instance }) => instance)).size).toBe(2)
  expect(store.sightings().map(({ user, lastAt }) => [user, lastAt])).toEqual([
    ['ada', START],
    ['bob', asleep],
    ['cid', awake],
  ])
  const watch = watchOf(beats, { from: START, to: awake }, 600_000)
  expect(watch).toMatchObject({ gaps: [{ from: asleep, to: awake }], silent: [], broken: [] })
  await auth.close()
})

it('a process that was suspended while the store was away says so when it is back, each day as far as it watched', async () => {
  const { auth, clock, store, outage } = withOutages()
  await auth.authenticate(bearer(oldToken('ada')))
  await auth.flush()
  outage.isOn = true
  await watchFor(20, { auth, clock })
  const asleep = clock.now()
  clock.advance(2 * DAY)
  const awake = clock.now()
  await expect(auth.flush()).rejects.toThrow('down')
  outage.isOn = false
  await auth.close()
  const watch = watchOf(store.heartbeats(), { from: START, to: awake }, 1)
  expect(watch).toMatchObject({ gaps: [{ from: asleep, to: awake }], silent: [], broken: [], lost: 0 })
})

it('a clock that was set back by hours makes another instance, which claims no time that is to come', async () => {
  const store = memoryEvidence()
  const { auth, clock } = createMove({ stage: 'dual', evidence: store })
  await auth.flush()
  clock.advance(-6 * 3_600_000)
  await auth.flush()
  expect(store.heartbeats().map(({ firstAt, lastAt }) => [firstAt, lastAt])).toEqual([
    [START, START],
    [START - 6 * 3_600_000, START - 6 * 3_600_000],
  ])
})

it('what requests bring that end after it was closed is written at once', async () => {
  const store = memoryEvidence()
  const { auth } = createMove({ stage: 'dual', evidence: store })
  await auth.authenticate(bearer(oldToken('ada')))
  await auth.close()
  await auth.authenticate(bearer(oldToken('bob')))
  await vi.waitFor(() => expect(store.sightings()).toMatchObject([{ user: 'ada' }, { user: 'bob' }]))
  expect(store.heartbeats()).toMatchObject([{ ended: true }])
})

it('a store that was down over midnight leaves no gap in the days that ended meanwhile', async () => {
  const { auth, clock, store, outage } = withOutages()
  await auth.authenticate(bearer(oldToken('ada')))
  await auth.flush()
  outage.isOn = true
  await watchFor(40, { auth, clock })
  await auth.authenticate(bearer(oldToken('ada')))
  await expect(auth.flush()).rejects.toThrow('down')
  outage.isOn = false
  await auth.close()
  const { heartbeats } = retireFactsOf(store, { now: clock.now() })
  expect(watchOf(heartbeats, { from: START, to: clock.now() }, 1)).toEqual({
    gaps: [],
    silent: [],
    broken: [],
    skewed: [],
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

it('a credential that lives on for longer than those that were written is written at once', async () => {
  const { auth, sightings, clock } = createMove({ stage: 'dual' })
  for (const exp of [seconds(900), seconds(1_800), seconds(30 * 86_400)]) {
    await auth.authenticate(bearer(oldToken('ada', { exp })))
    await auth.flush()
    clock.advance(60_000)
  }
  expect(sightings.map(({ uses, expiresAt }) => [uses, expiresAt])).toEqual([
    [1, seconds(900) * 1000],
    [2, seconds(30 * 86_400) * 1000],
  ])
  await auth.close()
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
  // Those that were written make room.
  pending.add(seen('cid'), START + 1)
  const taken = pending.take(START + 1, false)
  expect([pending.lost, taken.length]).toEqual([1, 1])
  for (const user of ['dan', 'eve']) pending.add(seen(user), START + 2)
  pending.putBack(taken, START + 2)
  expect([pending.lost, pending.take(START + 2, true).length]).toEqual([2, 2])
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

it('more people at once than there is room for make one event, and are counted', async () => {
  const written: number[] = []
  let lost = 0
  const events: string[] = []
  const buffer = createEvidenceBuffer({
    migration: 'default',
    label: null,
    store: {
      write(sightings, beat) {
        written.push(sightings.length)
        lost = beat.lost
      },
    },
    flushMs: 5_000,
    policy: () => null,
    emit: ({ type }) => events.push(type),
    now: () => START,
  })
  const seen = { side: 'old', outcome: 'accepted', organization: null, client: 'bearer', verifier: 'legacy' } as const
  const crowd = (from: number) => {
    for (let at = 0; at < 200_001; at++) buffer.note({ ...seen, user: `user-${from + at}`, expiresAt: null })
  }
  crowd(0)
  await buffer.flush()
  crowd(1_000_000)
  await buffer.close()
  expect(events).toEqual(['evidence_failed'])
  expect([lost, written.reduce((sum, some) => sum + some, 0), Math.max(...written)]).toEqual([2, 400_000, 2_000])
})

it('a crowd is written in portions that a database has time for, and proves to be watched only with the last one', async () => {
  const store = memoryEvidence()
  let taken = 0
  let takes = Number.POSITIVE_INFINITY
  let at = START
  const buffer = createEvidenceBuffer({
    migration: 'default',
    label: null,
    store: {
      write(sightings, beat) {
        if (sightings.length > 2_000 || takes-- <= 0) throw new Error('it was canceled after so long')
        taken += sightings.length
        return store.write(sightings, beat)
      },
    },
    flushMs: 5_000,
    policy: () => null,
    emit: () => {},
    now: () => at,
  })
  const seen = { side: 'old', outcome: 'accepted', organization: null, client: 'bearer', verifier: 'legacy' } as const
  const crowd = (many: number) => {
    for (let one = 0; one < many; one++) buffer.note({ ...seen, user: `user-${at}-${one}`, expiresAt: null })
  }
  const watchedUntil = () => store.heartbeats().map(({ lastAt }) => lastAt)
  crowd(1)
  await buffer.flush()
  at += 60_000
  crowd(9_999)
  // Its connection breaks on the way.
  takes = 2
  await expect(buffer.flush()).rejects.toThrow('canceled')
  expect([taken, watchedUntil()]).toEqual([4_001, [START]])
  takes = Number.POSITIVE_INFINITY
  at += 60_000
  await buffer.flush()
  expect([taken, watchedUntil()]).toEqual([10_000, [at]])
  await buffer.close()
  expect([taken, store.sightings().length]).toEqual([10_000, 10_000])
})

it('what comes while a crowd is written does not keep it from the end', async () => {
  const sizes: number[] = []
  const seen = { side: 'old', outcome: 'accepted', organization: null, client: 'bearer', verifier: 'legacy' } as const
  const crowd = (name: string) => {
    for (let one = 0; one < 4_000; one++) buffer.note({ ...seen, user: `${name}-${one}`, expiresAt: null })
  }
  const buffer = createEvidenceBuffer({
    migration: 'default',
    label: null,
    store: {
      write(sightings) {
        sizes.push(sightings.length)
        if (sizes.length < 20) crowd(`more-${sizes.length}`)
      },
    },
    flushMs: 5_000,
    policy: () => null,
    emit: () => {},
    now: () => START,
  })
  crowd('first')
  await buffer.flush()
  expect(sizes).toEqual([2_000, 2_000])
  await buffer.close()
})
