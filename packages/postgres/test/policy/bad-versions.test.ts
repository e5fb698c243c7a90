import { createDualAuth, legacyJwt, type AuthEvent, type PolicyContent, type Query } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { installSchema, policies, postgresPolicy } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'

const BAD = '{"stage": "both"}'
const MAX = Number.MAX_SAFE_INTEGER

/** An instance that looks only when the test says so. */
function createInstance(query: Query) {
  const issuer = createLegacyIssuer()
  const events: AuthEvent[] = []
  const verifier = (name: string, secret: string) =>
    legacyJwt({ name, issuer: name, algorithms: ['HS256'], secrets: [secret], purpose: 'only-access-tokens' })
  const auth = createDualAuth({
    verifiers: [verifier('before', issuer.secret), verifier('after', createLegacyIssuer().secret)],
    link: ({ subject }) => ({ id: subject }),
    migration: { from: ['before'], to: 'after', policy: postgresPolicy(query, { pollMs: 3_600_000 }) },
    onEvent: (event) => events.push(event),
  })
  onTestFinished(() => auth.close())
  const authorization = `Bearer ${issuer.sign({ sub: 'ada', iss: 'before' })}`
  return {
    /** The version that counts after a look; null: none does. */
    async look(): Promise<number | null> {
      const isReady = await auth.ready().then(
        () => true,
        () => false,
      )
      return isReady ? (await auth.migrationStatus()).version : null
    },
    async status(): Promise<number> {
      const result = await auth.authenticate({ method: 'GET', headers: { authorization } })
      return result.ok ? 200 : result.error.status
    },
    /** What became of versions, in order. */
    told: () =>
      events.flatMap((event) => {
        if (event.type === 'policy_adopted') return [`adopted ${event.version}`]
        return event.type === 'policy_rejected' ? [`${event.reason} ${event.version}`] : []
      }),
  }
}

describeDatabases('versions in dualauth.policy that no instance takes', ({ query, run }) => {
  const { write, read, current, history, plan } = policies(query)
  const by = (expectedVersion: number) => ({ expectedVersion, actor: 'grace', reason: 'test', force: true })
  const good = (version: number | bigint, document: PolicyContent = { stage: 'dual' }) =>
    insert(version, JSON.stringify(document))
  /** As somebody's own statement does. */
  const insert = async (version: number | bigint, document = BAD): Promise<void> => {
    await query(
      `insert into dualauth.policy (migration, version, document, actor, reason)
       values ('default', $1::text::bigint, $2::text::jsonb, 'psql', 'by hand')`,
      [String(version), document],
    )
  }

  beforeEach(async () => {
    await installSchema(query)
    await run('truncate dualauth.policy')
  })

  it('an instance that starts takes the newest good one below, and says what is wrong with the newest', async () => {
    await good(1)
    await good(2, { stage: 'prefer-new' })
    await insert(3)
    await insert(4, '{"stage": "off", "colour": 1}')
    const api = createInstance(query)
    expect(await api.look()).toBe(2)
    expect(await api.look()).toBe(2)
    expect(await api.status()).toBe(200)
    expect(api.told()).toEqual(['invalid 4', 'adopted 2'])
    await good(5)
    expect(await api.look()).toBe(5)
  })

  it('an instance that runs keeps what it has, and comes to where one that starts is', async () => {
    await good(1)
    const api = createInstance(query)
    expect(await api.look()).toBe(1)
    await insert(2)
    expect(await api.look()).toBe(1)
    await good(3, { stage: 'prefer-new' })
    await insert(4)
    expect(await api.look()).toBe(3)
    expect(await createInstance(query).look()).toBe(3)
    expect(api.told()).toEqual(['adopted 1', 'invalid 2', 'invalid 4', 'adopted 3'])
  })

  it('thousands of them are read a few at a time, over several looks, until a good one is found', async () => {
    await good(1)
    await run(`insert into dualauth.policy (migration, version, document, actor, reason)
      select 'default', version, '${BAD}', 'psql', 'by hand' from generate_series(2, 3000) as version`)
    const sizes: number[] = []
    const api = createInstance(async (sql, params) => {
      const rows = await query(sql, params)
      sizes.push(rows.length)
      return rows
    })
    const looks: (number | null)[] = []
    for (let look = 0; look < 7; look++) looks.push(await api.look())
    expect(looks).toEqual([null, null, null, null, null, 1, 1])
    expect(Math.max(...sizes)).toBe(20)
    // The first look is two: `ready` looks, and whether a verifier is asked is a question to the policy.
    expect(sizes.reduce((sum, rows) => sum + rows, 0)).toBeLessThan(3_000 + 500 + 20)
    expect(api.told()).toEqual(['invalid 3000', 'adopted 1'])
    await good(3001)
    expect(await api.look()).toBe(3001)
    expect(await plan({ document: { stage: 'prefer-new' } })).toMatchObject({ moves: [{ from: 'dual' }] })
  })

  it('moves are judged by the policy that counts, however many bad versions stand above it', async () => {
    await good(1, { stage: 'new-only' })
    await run(`insert into dualauth.policy (migration, version, document, actor, reason)
      select 'default', version, '${BAD}', 'psql', 'by hand' from generate_series(2, 200) as version`)
    expect(await plan({ document: { stage: 'dual' } })).toMatchObject({ moves: [{ from: 'new-only', to: 'dual' }] })
    expect(await read()).toMatchObject({ version: 200, document: null })
    expect(await current()).toMatchObject({ version: 1, document: { version: 1, stage: 'new-only' }, actor: 'psql' })
    expect(await current('another')).toBeNull()
  })

  it('without any good one nobody can tell, until somebody writes or mends one', async () => {
    await insert(1)
    for (const document of ['[]', 'null', '7', '"dual"', BAD]) {
      await run('delete from dualauth.policy where version = 2')
      await insert(2, document)
      expect(await createInstance(query).look()).toBeNull()
    }
    const api = createInstance(query)
    expect(await api.look()).toBeNull()
    expect(await api.look()).toBeNull()
    expect(await api.status()).toBe(503)
    expect(api.told()).toEqual(['invalid 2'])
    await run(`update dualauth.policy set document = '{"stage": "dual"}' where version = 1`)
    expect(await api.look()).toBe(1)
    await run(`update dualauth.policy set document = '{"stage": "new-only"}' where version = 2`)
    expect(await api.look()).toBe(2)
    expect(await api.status()).toBe(401)
  })

  it('a version is a policy up to 2^53 - 1, and never beyond', async () => {
    await good(MAX - 1)
    await good(MAX, { stage: 'prefer-new' })
    const api = createInstance(query)
    expect(await api.look()).toBe(MAX)
    for (const version of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
      await good(version)
      expect(await api.look()).toBe(MAX)
    }
    expect(await createInstance(query).look()).toBe(MAX)
    expect(api.told()[0]).toBe(`adopted ${MAX}`)
    expect(
      api
        .told()
        .slice(1)
        .every((line) => line.startsWith('invalid')),
    ).toBe(true)
    expect(await read()).toMatchObject({ document: null })
    expect((await history()).map(({ document }) => document?.version ?? null)).toEqual([null, null, null, MAX, MAX - 1])
    await run(`delete from dualauth.policy where version > ${MAX - 1}`)
    expect(await write({ ...by(MAX - 1), document: { stage: 'dual' } })).toMatchObject({ ok: true })
    await expect(write({ ...by(MAX), document: { stage: 'dual' } })).rejects.toMatchObject({
      code: 'configuration_invalid',
    })
    expect((await read())?.version).toBe(MAX)
  })

  it('a version that was deleted counts in an instance that had it, until there is a newer one', async () => {
    for (const version of [1, 2, 3]) await good(version)
    const api = createInstance(query)
    expect(await api.look()).toBe(3)
    await run('delete from dualauth.policy where version = 3')
    expect(await api.look()).toBe(3)
    expect(await createInstance(query).look()).toBe(2)
    await insert(3)
    expect(await api.look()).toBe(3)
    expect(await createInstance(query).look()).toBe(2)
    await run('truncate dualauth.policy')
    expect(await api.look()).toBe(3)
    await good(1)
    expect(await api.look()).toBe(3)
    await good(4, { stage: 'new-only' })
    expect(await api.look()).toBe(4)
    expect(await api.status()).toBe(401)
    expect(api.told()).toEqual(['adopted 3', 'older 2', 'same_version 3', 'older 1', 'adopted 4'])
  })

  it('a huge one travels and is judged once', async () => {
    await good(1)
    const organizations = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`o${n}`, { stage: 'x' }]))
    await insert(2, JSON.stringify({ stage: 'dual', organizations }))
    let bytes = 0
    const api = createInstance(async (sql, params) => {
      const rows = await query(sql, params)
      bytes += JSON.stringify(rows).length
      return rows
    })
    expect(await api.look()).toBe(1)
    const before = bytes
    for (let look = 0; look < 5; look++) expect(await api.look()).toBe(1)
    expect(bytes - before).toBeLessThan(2_000)
    expect(api.told()).toEqual(['invalid 2', 'adopted 1'])
  })

  it('an infinite moment of writing is not known, and shortens no delay', async () => {
    await good(1)
    await run(`update dualauth.policy set created_at = '-infinity'`)
    expect(await postgresPolicy(query).load()).toMatchObject({ writtenAt: null })
  })
})
