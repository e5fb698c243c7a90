import type { AddressInfo } from 'node:net'
import { createSubject, FLOODED, floodFromOneAddress } from '@dualauth/conformance'
import fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { dualAuth, requireAuth } from '../src/index.js'

it('throttles who fails by the other end of the connection, whatever the request says of its address', async () => {
  const subject = await createSubject([], false, { address: 'socket', perAddress: 2 })
  const app = fastify()
  await app.register(dualAuth, { auth: subject.auth })
  app.get('/me', { onRequest: requireAuth() }, () => ({}))
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => app.close())
  const { port } = app.server.address() as AddressInfo
  expect(await floodFromOneAddress(port, subject)).toEqual(FLOODED)
})
