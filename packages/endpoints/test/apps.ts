import type { AddressInfo } from 'node:net'
import { createServer, type RequestListener } from 'node:http'
import * as onExpress from '@dualauth/express'
import * as onFastify from '@dualauth/fastify'
import * as onHono from '@dualauth/hono'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import type { Endpoints } from '../src/index.js'

/** A handler in an app of each framework, behind parsers of bodies as apps have them. */
export const APPS: Readonly<Record<string, (path: string, handle: Endpoints) => Promise<RequestListener>>> = {
  async express(path, handle) {
    const app = express()
    app.use(express.json(), express.urlencoded())
    app.use(path, onExpress.mountHandler(handle))
    return app
  },
  async hono(path, handle) {
    const app = new Hono()
    app.all(`${path}/*`, onHono.mountHandler(handle))
    const listener = getRequestListener(app.fetch)
    return (request, response) => void listener(request, response)
  },
  async fastify(path, handle) {
    const app = fastify()
    await app.register(onFastify.mountHandler, { prefix: path, handler: handle })
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

/** A server on loopback, and how it is closed. */
export async function listen(listener: RequestListener): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  }
}
