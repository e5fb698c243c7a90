import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHmac, randomBytes } from 'node:crypto'
import { betterAuth, createDualAuth, type DualAuth, type FoundSession } from '@dualauth/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { CLOSED_BY_AUTH } from '../src/connection.js'
import { startExpress } from '../src/express.js'
import { startFastify } from '../src/fastify.js'
import { startHono } from '../src/hono.js'

const APP = 'https://app.example.com'
const secret = randomBytes(32).toString('hex')
const token = 'abcdefghijklmnopqrstuvwxyz012345'
const signed = encodeURIComponent(`${token}.${createHmac('sha256', secret).update(token).digest('base64')}`)
const cookie = `better-auth.session_token=${signed}`
const found: FoundSession = {
  session: { id: 's1', userId: 'ada', expiresAt: Date.now() + 3_600_000 },
  user: { id: 'ada' },
}

let sessions: Map<string, FoundSession>
let down: boolean
let auth: DualAuth
let server: Server

const starts = [
  ['Express', startExpress],
  ['Fastify', startFastify],
  ['Hono', startHono],
] as const

beforeEach(() => {
  sessions = new Map([[token, found]])
  down = false
  auth = createDualAuth({
    verifiers: [
      betterAuth({
        name: 'better-auth',
        secrets: [secret],
        sessions: (candidate) => {
          if (down) throw new Error('the store is down')
          return sessions.get(candidate) ?? null
        },
      }),
    ],
    trustedOrigins: [APP],
    subprotocol: 'bearer',
  })
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const open = (headers: Record<string, string>, protocols: string[] = []) =>
  new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/socket`, protocols, { headers })

async function statusOf(socket: WebSocket): Promise<number> {
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
  socket.on('error', () => {})
  socket.terminate()
  return response.statusCode
}

describe.each(starts)('a WebSocket on %s', (_name, start) => {
  beforeEach(async () => {
    server = await start(auth, 20)
    if (!server.listening) await once(server, 'listening')
  })

  it('opens with the session cookie of a page of ours, and knows who opened it', async () => {
    const socket = open({ cookie, origin: APP })
    const [message] = (await once(socket, 'message')) as [Buffer]
    expect(message.toString()).toBe('hello ada')
    socket.terminate()
  })

  it('opens with a bearer as subprotocol, and never echoes it', async () => {
    const socket = open({}, ['app.v1', `bearer.${signed}`])
    await once(socket, 'message')
    expect(socket.protocol).toBe('app.v1')
    socket.terminate()
  })

  it('stays closed to another site, to nobody and to a forged session', async () => {
    expect(await statusOf(open({ cookie, origin: 'https://evil.example' }))).toBe(403)
    expect(await statusOf(open({}))).toBe(401)
    expect(await statusOf(open({ cookie: cookie.replace('abcdef', 'abcdeg'), origin: APP }))).toBe(401)
  })

  it('is closed when its session is revoked, and not by an outage', async () => {
    const socket = open({ cookie, origin: APP })
    await once(socket, 'message')
    down = true
    let looks = 0
    while (looks < 3) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      looks++
    }
    expect(socket.readyState).toBe(WebSocket.OPEN)
    down = false
    sessions.clear()
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
    expect([code, reason.toString()]).toEqual([CLOSED_BY_AUTH, 'credential_revoked'])
  })
})
