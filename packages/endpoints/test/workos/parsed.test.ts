import type { RequestListener } from 'node:http'
import * as onExpress from '@dualauth/express'
import * as onFastify from '@dualauth/fastify'
import * as onHono from '@dualauth/hono'
import { getRequestListener } from '@hono/node-server'
import express, { type RequestHandler } from 'express'
import fastify from 'fastify'
import { Hono, type MiddlewareHandler } from 'hono'
import { describe, expect, it } from 'vitest'
import { listen } from '../apps.js'
import { endpoint, eventText, NOW, signatureOf } from './delivery.js'

const EVENT = eventText('user.updated', { object: 'user', id: 'user_01', updated_at: new Date(NOW).toISOString() })
const SPELLINGS = [
  // As every parser would write it again.
  JSON.stringify(JSON.parse(EVENT)),
  EVENT.replace('{', '{ '),
]

/** What becomes of a delivery below something that reads bodies. */
async function delivered(below: (handler: ReturnType<typeof endpoint>['handler']) => RequestListener, body: string) {
  const { handler, deliveries } = endpoint()
  const server = await listen(below(handler))
  const headers = { 'content-type': 'application/json', 'workos-signature': signatureOf(body), connection: 'close' }
  const answer = await fetch(`${server.origin}/webhooks/workos`, { method: 'POST', headers, body })
  const { code, reason, detail } = (await answer.json()) as Record<string, string | undefined>
  await server.close()
  return { status: answer.status, code, reason, detail, delivery: deliveries[0] }
}

const inExpress =
  (...parsers: RequestHandler[]) =>
  (handler: ReturnType<typeof endpoint>['handler']): RequestListener =>
    express()
      .use('/', ...parsers, (_req, _res, next) => next())
      .use('/webhooks', onExpress.mountHandler(handler))

const inHono =
  (middleware: MiddlewareHandler) =>
  (handler: ReturnType<typeof endpoint>['handler']): RequestListener => {
    const app = new Hono().use(middleware).all('/webhooks/*', onHono.mountHandler(handler))
    const listener = getRequestListener(app.fetch)
    return (request, response) => void listener(request, response)
  }

const inFastify =
  (hook?: 'reads') =>
  (handler: ReturnType<typeof endpoint>['handler']): RequestListener => {
    const app = fastify()
    if (hook === 'reads')
      app.addHook('onRequest', async ({ raw }) => {
        for await (const _ of raw) continue
      })
    app.register(onFastify.mountHandler, { prefix: '/webhooks', handler })
    return (request, response) => void app.ready().then(() => app.routing(request, response))
  }

/** Reads the request and keeps nothing, as a logger of bodies does. */
const drained: RequestHandler = (req, _res, next) => void req.on('end', next).resume()

describe('a webhook whose bytes are lost', () => {
  it.each([
    ['to express.json()', inExpress(express.json())],
    ['to express.urlencoded() and express.json()', inExpress(express.urlencoded(), express.json())],
    ['to express.text()', inExpress(express.text({ type: '*/*' }))],
    ['to middleware of Express that reads the stream', inExpress(drained)],
    [
      'to middleware of Hono that reads the request itself',
      inHono(async (c, next) => {
        await c.req.raw.text()
        await next()
      }),
    ],
    ['to a hook of Fastify that reads the stream', inFastify('reads')],
  ])('%s is refused as body_parsed, however the JSON is spelled', async (_name, below) => {
    for (const body of SPELLINGS) {
      const { status, code, reason, detail, delivery } = await delivered(below, body)
      expect([status, code, reason]).toEqual([400, 'signature_invalid', 'body_parsed'])
      expect([delivery?.outcome, delivery?.reason]).toEqual(['refused', 'body_parsed'])
      expect(detail).toContain('express.json()')
    }
  })

  it('is refused as body_parsed on a bare server that has read the request', async () => {
    const { handler } = endpoint()
    const [body = ''] = SPELLINGS
    const headers = { 'content-type': 'application/json', 'workos-signature': signatureOf(body) }
    const request = new Request('http://localhost/webhooks/workos', { method: 'POST', headers, body })
    await request.json()
    const answer = await handler(request)
    expect([answer.status, ((await answer.json()) as { reason: string }).reason]).toEqual([400, 'body_parsed'])
  })
})

describe('a webhook whose bytes are there', () => {
  it.each([
    ['in Express, above every parser', inExpress()],
    ['in Express, below a parser of raw bodies', inExpress(express.raw({ type: '*/*' }))],
    ['in Express, below a parser that does not want it', inExpress(express.json({ type: 'application/other' }))],
    [
      'in Hono, below middleware that reads JSON',
      inHono(async (c, next) => {
        await c.req.json()
        await next()
      }),
    ],
    ['in Fastify, whose parsers are those of other routes', inFastify()],
  ])('%s is verified', async (_name, below) => {
    for (const body of SPELLINGS) {
      const { status, delivery } = await delivered(below, body)
      expect([status, delivery?.outcome]).toEqual([200, 'applied'])
    }
  })
})
