import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bearerRequest } from '../src/connection.js'
import { assertOnly, sendLoad } from '../src/load.js'

const server = createServer((request, response) => {
  const isKnown = request.headers.authorization === 'Bearer known'
  response.writeHead(isKnown ? 200 : 401, { 'content-length': 2 }).end('{}')
})
let port: number
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

const load = (tokens: string[], perSecond?: number) =>
  sendLoad({
    port,
    requests: tokens.map(bearerRequest),
    connections: 4,
    seconds: 0.3,
    ...(perSecond !== undefined && { perSecond }),
  })

it('counts answers by their status', async () => {
  const answers = await load(['known', 'unknown'])
  expect(new Set(answers.statuses.keys())).toEqual(new Set([200, 401]))
  expect(() => assertOnly(answers, 200, 'it')).toThrow('answers 401 instead of 200')
})

it('sends no more than arrives', async () => {
  const answers = await load(['known'], 100)
  assertOnly(answers, 200, 'it')
  expect(answers.count).toBeGreaterThan(10)
  expect(answers.count).toBeLessThanOrEqual(32)
})
