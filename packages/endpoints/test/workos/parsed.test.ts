import express, { type RequestHandler } from 'express'
import { mountHandler } from '@dualauth/express'
import { describe, expect, it } from 'vitest'
import { APPS, listen } from '../apps.js'
import { endpoint, eventText, NOW, signatureOf } from './delivery.js'

/** As WorkOS may write it, and no parser would write it again. */
const BODY = eventText('user.updated', {
  object: 'user',
  id: 'user_01',
  updated_at: new Date(NOW).toISOString(),
}).replace('{', '{ ')

async function deliver(origin: string, body = BODY, signature = signatureOf(body)) {
  const headers = { 'content-type': 'application/json', 'workos-signature': signature, connection: 'close' }
  const answer = await fetch(`${origin}/webhooks/workos`, { method: 'POST', headers, body })
  const { code, reason, detail } = (await answer.json()) as Record<string, string | undefined>
  return { status: answer.status, code, reason, detail }
}

describe('a webhook below a parser of JSON', () => {
  it.each(Object.keys(APPS))('in %s verifies the bytes, or says what to change', async (framework) => {
    const { handler, deliveries } = endpoint()
    const server = await listen(await APPS[framework]!('/webhooks', handler))
    const { status, reason, detail } = await deliver(server.origin)
    await server.close()
    if (framework === 'express') {
      expect([status, reason, deliveries[0]?.reason]).toEqual([400, 'body_parsed', 'body_parsed'])
      expect(detail).toContain('express.json()')
    } else expect([status, deliveries[0]?.outcome]).toEqual([200, 'applied'])
  })

  it.each([
    ['that keeps the bytes', express.raw({ type: '*/*' })],
    ['that does not want it', express.json({ type: 'application/other' })],
  ] as [string, RequestHandler][])('%s verifies them', async (_name, parser) => {
    const { handler, deliveries } = endpoint()
    const server = await listen(express().use(parser, mountHandler(handler)))
    await deliver(server.origin)
    const forged = await deliver(server.origin, BODY, signatureOf('another'))
    await server.close()
    expect(deliveries[0]?.outcome).toBe('applied')
    expect([forged.status, forged.reason]).toEqual([400, 'mismatch'])
  })
})
