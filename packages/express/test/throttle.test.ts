import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createSubject, send } from '@dualauth/conformance'
import express from 'express'
import { expect, it, onTestFinished } from 'vitest'
import { dualAuth, requireAuth } from '../src/index.js'

it('throttles who fails by the other end of the connection, whatever the request says of its address', async () => {
  const subject = await createSubject([], false, { address: 'socket', perAddress: 2 })
  const app = express()
  app.use(dualAuth(subject.auth))
  app.get('/me', requireAuth(), (_req, res) => void res.json({}))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const statusOf = async (token: string, at: number): Promise<number> => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': `203.0.113.${at}` }
    return (await send(`http://127.0.0.1:${port}`, { path: '/me', headers })).status
  }
  const known = subject.token('editor-1')
  const statuses = [await statusOf(known, 0)]
  for (let at = 0; at < 4; at++) statuses.push(await statusOf(subject.otherToken(`editor-${at}`), at))
  statuses.push(await statusOf(known, 5))
  expect(statuses).toEqual([200, 401, 401, 429, 429, 200])
})
