import { expect, it } from 'vitest'
import { createImport } from '../../src/index.js'
import { describePostgres } from '../support/database.js'
import { listSource, somePeople } from '../support/list-source.js'
import { memoryTarget } from '../support/memory-target.js'

describePostgres('several processes that import at once', ({ query, rows }) => {
  it('bring everybody over once', async () => {
    const target = memoryTarget()
    const source = listSource({ people: somePeople(300) })
    const link = { verifier: 'memory', issuer: 'urn:memory' }
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => createImport({ query, source, target, link, batchSize: 20 }).run()),
    )
    expect(runs.reduce((sum, { counts }) => sum + counts.person.created, 0)).toBe(300)
    expect(target.objects.size).toBe(300)
    expect(await rows(`select count(*)::int as n from dualauth.identity_link where ended_at is null`)).toEqual([
      { n: 300 },
    ])
    expect(await rows(`select distinct state from dualauth.import_item`)).toEqual([{ state: 'done' }])
  })
})
