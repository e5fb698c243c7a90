import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { start, type Running } from './running.js'
import { fileOf } from './snippets.js'

const logged: Record<string, unknown>[] = []
let server: Running

beforeAll(async () => {
  const info = (fields: Record<string, unknown>): number => logged.push(fields)
  Object.assign(globalThis, { env: { JWT_SECRET: randomBytes(32).toString('hex') }, log: { info } })
  server = await start(fileOf('docs/events.md', 'correlate.ts'))
})
afterAll(async () => {
  await server.close()
  for (const name of ['env', 'log']) Reflect.deleteProperty(globalThis, name)
})

it('tells requests apart by the id that docs/events.md lets an app put beside an event', async () => {
  await Promise.all(Array.from({ length: 5 }, () => fetch(`${server.url}/me`)))
  expect(logged.map(({ type }) => type)).toEqual(Array.from({ length: 5 }, () => 'refused'))
  const ids = logged.map(({ requestId }) => requestId)
  expect(ids).not.toContain(undefined)
  expect(new Set(ids).size).toBe(5)
})
