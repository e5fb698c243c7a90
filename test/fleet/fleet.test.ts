import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { retireReport, type PolicyDocument } from '@dualauth/core'
import { installSchema, policies, readRetireFacts } from '@dualauth/postgres'
import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { signJwt } from '@dualauth/testing'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startCallers, type Published } from './callers.js'
import { lineTo, startFleet, type Fleet, type Line } from './fleet.js'
import { createNewSide } from './new-side.js'

const CALLERS = Number(process.env['CALLERS'] ?? 200)
const INSTANCES = 3
/** How long each stage is under load. */
const PHASE_MS = Number(process.env['PHASE_MS'] ?? 3_000)
const PUBLISHED = 40

const secrets = { JWT_SECRET: randomBytes(32).toString('hex'), BETTER_AUTH_SECRET: randomBytes(32).toString('hex') }

describeWith('PostgreSQL', `${INSTANCES} processes of one API`, () => {
  let server: PostgresServer
  let pool: Pool
  let line: Line
  beforeAll(async () => {
    server = await startPostgres()
    line = await lineTo(server.url)
    pool = new Pool({ connectionString: server.url })
    pool.on('error', () => {})
    await installSchema(query)
  })
  afterAll(async () => {
    await line.close()
    await pool.end()
    await server.close()
  })
  const query = async (sql: string, params: readonly unknown[]) =>
    (await pool.query<Record<string, unknown>>(sql, [...params])).rows

  const published: Published[] = []
  /** When the writing of a version had returned. */
  const writtenAt = new Map<number, number>()
  async function publish(document: Omit<PolicyDocument, 'version'>): Promise<number> {
    const steering = policies(query)
    const { version: expectedVersion = 0 } = (await steering.read()) ?? {}
    const change = { expectedVersion, actor: 'fleet', reason: 'the drill', acceptLogouts: 1_000_000, force: true }
    published.push({ stage: document.stage, at: Date.now() })
    const written = await steering.write({ document: { settleMs: 1_000, ...document }, ...change })
    if (!written.ok) throw new Error(written.why)
    writtenAt.set(written.document.version, Date.now())
    return written.document.version
  }

  it('follow a policy that goes forward, wrong, dark and back, and log nobody out', async () => {
    const newSide = await createNewSide(pool, secrets.BETTER_AUTH_SECRET)
    await publish({ stage: 'off' })
    const fleet = await startFleet(INSTANCES, { ...secrets, DATABASE_URL: line.url, LISTEN: 'no' })
    const users = Array.from({ length: CALLERS }, (_, at) => `user-${at}`)
    const callers = await startCallers(users, {
      urls: fleet.urls,
      published,
      signIn: async (user, side) =>
        side === 'old' ? { authorization: `Bearer ${oldToken(user)}` } : newSide.signIn(user),
    })
    const rollout = { unit: 'user', salt: 'fleet', basisPoints: 0 } as const
    const phase = async (document: Omit<PolicyDocument, 'version'>, share = 0.3): Promise<void> => {
      await publish(document)
      await pause(1_500)
      await callers.signInAgain(share)
      await pause(PHASE_MS)
    }
    await pause(PHASE_MS)
    await phase({ stage: 'dual', rollout: { ...rollout, basisPoints: 100 } })
    await phase({ stage: 'dual', rollout: { ...rollout, basisPoints: 5_000 } })

    const invalid = (published.length + 1).toString()
    const insert = `insert into dualauth.policy (migration, version, document, actor, reason) values ('default', $1::bigint, '{"stage":"gone"}', 'somebody', 'by hand')`
    await query(insert, [invalid])
    await pause(PHASE_MS)
    expect(fleet.rejected).toEqual([Number(invalid), Number(invalid), Number(invalid)])
    await query('delete from dualauth.policy where version = $1::bigint', [invalid])

    line.cut()
    await pause(PHASE_MS)
    line.mend()
    await pause(2_000)

    await phase({ stage: 'prefer-new', rollout: { ...rollout, basisPoints: 10_000 } })
    await publish({ stage: 'new-only' })
    await pause(PHASE_MS)
    await phase({ stage: 'prefer-new', rollout: { ...rollout, basisPoints: 10_000 } }, 0)
    await phase({ stage: 'new-only' }, 0)
    await phase({ stage: 'retired' })
    await callers.stop()
    await fleet.close()

    const { answers, unavailable, involuntary, wrongPrincipals, seen } = callers.tally
    console.info(
      `${CALLERS} callers, ${answers} answers (${unavailable} of them 503 while the database was away): ` +
        `${involuntary.length} involuntary 401s, ${wrongPrincipals} wrong principals`,
    )
    expect(involuntary).toEqual([])
    expect(wrongPrincipals).toBe(0)
    expect(unavailable).toBeGreaterThan(0)
    expect(await evidenceOf(query)).toEqual(seen)

    const peopleWith = (what: string): number => [...seen.values()].filter((ways) => ways.has(what)).length
    const report = retireReport(await readRetireFacts(query))
    const [bearer] = report.clients.filter(({ client }) => client === 'bearer')
    expect(report.verdict).toBe('not_safe')
    expect(bearer).toMatchObject({ accepted: peopleWith('old accepted'), refused: peopleWith('old refused') })
    const [progress] = await query('select * from dualauth.migration_progress', [])
    const completed = Number(progress?.['dual']) + Number(progress?.['migrated'])
    expect([Number(progress?.['people']), completed]).toEqual([seen.size, peopleWith('new accepted')])
    console.info(
      `by evidence, as the callers counted: ${peopleWith('old accepted')} used the old side, ${peopleWith('old refused')} were refused ` +
        `there, ${completed} used the new one; retire says ${report.verdict}`,
    )
  })

  it.each(['no', 'yes'])('see a change in under a second (listening: %s)', async (LISTEN) => {
    const fleet = await startFleet(INSTANCES, { ...secrets, DATABASE_URL: line.url, LISTEN })
    const versions: number[] = []
    for (let at = 0; at < PUBLISHED; at++) {
      versions.push(await publish({ stage: at % 2 === 0 ? 'dual' : 'prefer-new' }))
      await pause(300 + Math.random() * 600)
    }
    await pause(1_000)
    const delays = fleet.adoptions.flatMap((adoptions) =>
      versions.map((version) => delayOf(version, adoptions) ?? Number.POSITIVE_INFINITY),
    )
    await fleet.close()
    delays.sort((a, b) => a - b)
    const [p50, p99] = [0.5, 0.99].map((share) => delays[Math.floor(delays.length * share)] as number)
    console.info(
      `change to effect, listening: ${LISTEN}, ${delays.length} of ${versions.length} changes: p50 ${p50} ms, p99 ${p99} ms`,
    )
    expect(p99).toBeLessThan(1_000)
  })

  /** From when the writing had returned to when an instance adopted it, or a newer one. */
  function delayOf(version: number, adoptions: Fleet['adoptions'][number]): number | undefined {
    const adopted = adoptions.find((one) => one.version >= version)
    return adopted === undefined ? undefined : Math.max(0, adopted.at - (writtenAt.get(version) as number))
  }
})

function oldToken(user: string): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: user, iat: now, exp: now + 3_600, jti: randomUUID() }
  return signJwt({ algorithm: 'HS256', key: secrets.JWT_SECRET, claims })
}

/** By person, as the callers have counted. */
async function evidenceOf(query: (sql: string, params: readonly unknown[]) => Promise<Record<string, unknown>[]>) {
  const rows = await query(
    `select distinct user_id, side || ' ' || outcome as what from dualauth.evidence where user_id <> ''`,
    [],
  )
  const seen = new Map<string, Set<string>>()
  for (const row of rows) {
    const { user_id: user, what } = row as { user_id: string; what: string }
    seen.set(user, (seen.get(user) ?? new Set()).add(what))
  }
  return seen
}
