import { expect, it } from 'vitest'
import { quickStatement } from '../../../src/verify/better-auth/quick-statement.js'

function database() {
  const asked: string[] = []
  const broken = new Set<string>()
  const run = quickStatement(
    async (sql) => {
      asked.push(sql)
      if (broken.has(sql)) throw new Error('refused')
      return [{ sql }]
    },
    'quick',
    'plain',
  )
  return { run, broken, asked: () => asked.splice(0) }
}

it('asks quickly, and fails like any other statement once that has worked', async () => {
  const { run, broken, asked } = database()
  expect(await run([])).toEqual([{ sql: 'quick' }])
  broken.add('quick')
  await expect(run([])).rejects.toThrow('refused')
  broken.clear()
  expect(await run([])).toEqual([{ sql: 'quick' }])
  expect(asked()).toEqual(['quick', 'quick', 'quick'])
})

it('asks plainly for good where the quick one never worked', async () => {
  const { run, broken, asked } = database()
  broken.add('quick')
  expect(await run([])).toEqual([{ sql: 'plain' }])
  expect(await run([])).toEqual([{ sql: 'plain' }])
  expect(asked()).toEqual(['quick', 'plain', 'plain'])
})

it('decides nothing while the database is down', async () => {
  const { run, broken, asked } = database()
  broken.add('quick').add('plain')
  await expect(run([])).rejects.toThrow('refused')
  broken.clear()
  expect(await run([])).toEqual([{ sql: 'quick' }])
  expect(asked()).toEqual(['quick', 'plain', 'quick'])
})
