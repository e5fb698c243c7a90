import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createSubject, FLOODED, floodFromOneAddress } from '@dualauth/conformance'
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
  expect(await floodFromOneAddress(port, subject)).toEqual(FLOODED)
})
