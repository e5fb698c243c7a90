import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createSubject, FLOODED, floodFromOneAddress } from '@dualauth/conformance'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono, type Context } from 'hono'
import { expect, it, onTestFinished } from 'vitest'
import { dualAuth, requireAuth } from '../src/index.js'

it.each([
  ["'socket'", 'socket' as const],
  ['a function of the context', (c: Context) => getConnInfo(c).remote.address],
])(
  'throttles by the other end of the connection, named by %s, whatever the request says of its address',
  async (_, address) => {
    const subject = await createSubject([], false, { address, perAddress: 2 })
    const app = new Hono()
    app.use(dualAuth(subject.auth))
    app.get('/me', requireAuth(), (c) => c.json({}))
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    expect(await floodFromOneAddress(port, subject)).toEqual(FLOODED)
  },
)
