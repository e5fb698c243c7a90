import { createDualAuth, legacyJwt, type Query } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { beforeEach, expect, it } from 'vitest'
import { installSchema, postgresEvidence, readRetireFacts } from '../../src/index.js'
import { describeDatabases, describePostgres } from '../support/databases.js'
import { DAY, heartbeat, HOUR, sighting } from '../support/sightings.js'

const T = Date.parse('2026-03-01T10:00:00.123Z')

describeDatabases('postgresEvidence', ({ query: driver, run }) => {
  const sent: string[] = []
  const query: Query = (sql, params) => (sent.push(sql), driver(sql, params))
  const evidence = postgresEvidence(query)
  const rows = (sql: string) => driver(sql, [])
  const times = `(extract(epoch from first_at) * 1000)::bigint::text as first, (extract(epoch from last_at) * 1000)::bigint::text as last`

  beforeEach(async () => {
    await installSchema(driver)
    await run('truncate dualauth.evidence, dualauth.evidence_day, dualauth.heartbeat')
    sent.length = 0
  })

  it('adds up: times and ends widen, never narrow, and uses are summed', async () => {
    const write = (firstAt: number, lastAt: number, uses: number, expiresAt: number | null) =>
      evidence.write([sighting('ada', firstAt, { lastAt, uses, expiresAt })], heartbeat(lastAt))
    await write(T, T + HOUR, 3, T + DAY)
    await write(T + 1000, T + 2000, 1, null)
    await write(T - 1000, T, 2, T + HOUR)
    expect(
      await rows(
        `select ${times}, uses::text, (extract(epoch from expires_at) * 1000)::bigint::text as ends from dualauth.evidence`,
      ),
    ).toEqual([{ first: String(T - 1000), last: String(T + HOUR), uses: '6', ends: String(T + DAY) }])
    expect(await rows('select day::text, uses::text from dualauth.evidence_day')).toEqual([
      { day: '2026-03-01', uses: '6' },
    ])
  })

  it('keeps sides, outcomes, organizations, clients, verifiers, people and days apart, in one statement', async () => {
    const kinds = [
      {},
      { side: 'new' },
      { outcome: 'refused' },
      { organization: 'acme' },
      { client: 'key' },
      { verifier: 'other' },
      { migration: 'keys' },
    ] as const
    const seen = kinds.map((kind) => sighting('ada', T, kind))
    await evidence.write([...seen, sighting('bob', T), sighting(null, T), sighting('ada', T + DAY)], heartbeat(T + DAY))
    expect(sent).toHaveLength(1)
    expect(await rows('select count(*)::text as n from dualauth.evidence')).toEqual([{ n: '9' }])
    expect(await rows('select count(*)::text as n from dualauth.evidence_day')).toEqual([{ n: '10' }])
  })

  it('keeps for each instance and day how long it watched, what it lost, and whether it ended well', async () => {
    await evidence.write([], heartbeat(T, { version: null }))
    await evidence.write([], heartbeat(T + HOUR, { version: 7, lost: 2, ended: true }))
    await evidence.write([], heartbeat(T - HOUR, { version: 3 }))
    await evidence.write([], heartbeat(T + DAY, { instance: 'two' }))
    expect(
      await rows(
        `select instance, day::text, ${times}, version::text, lost::text, ended::text from dualauth.heartbeat order by day`,
      ),
    ).toEqual([
      {
        instance: 'one',
        day: '2026-03-01',
        first: String(T - HOUR),
        last: String(T + HOUR),
        version: '7',
        lost: '2',
        ended: 'true',
      },
      expect.objectContaining({ instance: 'two', day: '2026-03-02', ended: 'false' }),
    ])
  })

  it('keeps what an instance is called, and the content of the newest version that it knew', async () => {
    const known = () => rows('select label, version::text, digest from dualauth.heartbeat')
    await evidence.write([], heartbeat(T, { label: 'api-7f9c', version: 4, digest: 'four' }))
    await evidence.write([], heartbeat(T + 1, { label: 'api-7f9c', version: 5, digest: 'five' }))
    await evidence.write([], heartbeat(T + 2, { version: 4, digest: 'four' }))
    await evidence.write([], heartbeat(T + 3, { version: null, digest: null }))
    expect(await known()).toEqual([{ label: 'api-7f9c', version: '5', digest: 'five' }])
    const facts = await readRetireFacts(driver, { now: T + HOUR })
    expect(facts.heartbeats).toMatchObject([{ label: 'api-7f9c', version: 5, digest: 'five' }])
  })

  it('is not held back by an id that PostgreSQL cannot keep', async () => {
    const ids = ['a\0b', '\ud800', 'x'.repeat(2000)]
    await evidence.write(
      [...ids.map((id) => sighting(id, T)), sighting('ada', T, { organization: 'b\0' })],
      heartbeat(T),
    )
    expect(await rows('select user_id, organization, uses::text from dualauth.evidence order by user_id')).toEqual([
      { user_id: '', organization: '', uses: '3' },
      { user_id: 'ada', organization: '', uses: '1' },
    ])
  })

  it('takes an end beyond all calendars', async () => {
    await evidence.write([sighting('ada', T, { expiresAt: 8_640_000_000_000_000 })], heartbeat(T))
    expect(
      await rows('select extract(year from expires_at at time zone $$UTC$$)::text as year from dualauth.evidence'),
    ).toEqual([{ year: '9999' }])
  })

  it('forgets days and keeps when each person was seen; erases a person', async () => {
    const seen = [sighting('ada', T), sighting('ada', T + DAY), sighting('bob', T + DAY)]
    await evidence.write(seen, heartbeat(T))
    await evidence.write([], heartbeat(T + DAY))
    expect(await evidence.forget({ before: '2026-03-02' })).toEqual({ days: 1, heartbeats: 1 })
    expect(await rows('select count(*)::text as n from dualauth.evidence')).toEqual([{ n: '2' }])
    expect(await evidence.erase('ada')).toBe(true)
    expect(await evidence.erase('ada')).toBe(false)
    expect(await rows('select count(*)::text as n from dualauth.evidence_day')).toEqual([{ n: '1' }])
    await expect(evidence.forget({ before: 'yesterday' })).rejects.toThrowError(/^evidence\.forget\.before/)
    for (const before of ['2026-13-01', '2026-02-30', '0000-01-01', '12026-01-01'])
      await expect(evidence.forget({ before }), before).rejects.toThrowError(/^evidence\.forget\.before/)
  })

  it('is ready where its tables are', async () => {
    await evidence.ready()
    await run('drop schema dualauth cascade')
    await expect(evidence.ready()).rejects.toMatchObject({ code: expect.stringMatching(/^3F000|42P01$/) as unknown })
  })

  it('is what an instance writes', async () => {
    const legacy = createLegacyIssuer()
    const verifier = (name: string, issuer: string) =>
      legacyJwt({
        name,
        issuer,
        algorithms: ['HS256'],
        secrets: [legacy.secret],
        purpose: 'only-access-tokens',
        acceptWeakSecret: { until: '2100-01-01T00:00:00Z', reason: 'a test' },
      })
    const auth = createDualAuth({
      verifiers: [verifier('before', 'https://a.test'), verifier('after', 'https://b.test')],
      link: ({ subject }) => ({ id: subject }),
      migration: { from: ['before'], to: 'after', policy: { version: 4, stage: 'dual' }, evidence },
    })
    const ask = (sub: string, iss: string) =>
      auth.authenticate({ method: 'GET', headers: { authorization: `Bearer ${legacy.sign({ sub, iss })}` } })
    expect((await ask('ada', 'https://a.test')).ok).toBe(true)
    expect((await ask('ada', 'https://b.test')).ok).toBe(true)
    await auth.close()
    expect(await rows('select user_id, side, verifier from dualauth.evidence order by side')).toEqual([
      { user_id: 'ada', side: 'new', verifier: 'after' },
      { user_id: 'ada', side: 'old', verifier: 'before' },
    ])
    expect(await rows('select version::text, ended::text from dualauth.heartbeat')).toEqual([
      { version: '4', ended: 'true' },
    ])
  })
})

describePostgres('postgresEvidence', ({ query }) => {
  it('loses nothing to twenty instances that write the same people at once', async () => {
    await installSchema(query)
    const evidence = postgresEvidence(query)
    const people = Array.from({ length: 200 }, (_, n) => `user-${n}`)
    const write = (n: number) => {
      // Each in an order of its own: locks that are taken in any order would end in a deadlock.
      const mixed = people.map((_, place) => people[(place * 7 + n * 31) % people.length]!)
      return evidence.write(
        mixed.map((user) => sighting(user, T + n)),
        heartbeat(T + n, { instance: `instance-${n}` }),
      )
    }
    await Promise.all(Array.from({ length: 20 }, (_, n) => write(n)))
    const [row] = await query(
      `select count(*)::text as people, min(uses)::text as least, max(uses)::text as most,
        (max(extract(epoch from last_at)) * 1000)::bigint::text as last from dualauth.evidence`,
      [],
    )
    expect(row).toEqual({ people: '200', least: '20', most: '20', last: String(T + 19) })
    expect(await query('select count(*)::text as n from dualauth.heartbeat', [])).toEqual([{ n: '20' }])
  })
})
