import { equal, ok } from 'node:assert/strict'
import type { Case, CaseContext } from '../cases.js'
import { header, type Reply } from '../http-client.js'

const from = ({ call }: CaseContext, address: string, headers: Readonly<Record<string, string>>): Promise<Reply> =>
  call({ path: '/me', headers: { 'x-forwarded-for': address, ...headers } })

/** Who presents what is not genuine, and who stands beside him. */
export const throttlingCases: readonly Case[] = [
  {
    name: 'answers 429 with Retry-After to an address that keeps presenting forged tokens, and lets whoever is known there in',
    app: 'standard',
    withThrottle: true,
    async check(context) {
      const { subject } = context
      const good = { authorization: `Bearer ${subject.token('editor-1')}` }
      const forged = (at: number) => ({ authorization: `Bearer ${subject.otherToken(`editor-${at}`)}` })
      equal((await from(context, '192.0.2.1', good)).status, 200)
      for (let at = 0; at < 3; at++) equal((await from(context, '192.0.2.1', forged(at))).status, 401)
      const refused = await from(context, '192.0.2.1', forged(4))
      equal(refused.status, 429)
      equal(refused.json()['code'], 'rate_limited')
      const wait = Number(header(refused, 'retry-after'))
      ok(wait > 0 && wait <= 60, `Retry-After: ${wait}`)
      equal((await from(context, '192.0.2.1', good)).status, 200)
      // What the caller wrote before the proxy did is not looked at.
      equal((await from(context, '203.0.113.5, 192.0.2.1', forged(5))).status, 429)
      equal((await from(context, '192.0.2.2', forged(6))).status, 401)
    },
  },
  {
    name: 'answers 429 to one forged token that comes again and again, from wherever it comes',
    app: 'standard',
    withThrottle: true,
    async check(context) {
      const forged = { authorization: `Bearer ${context.subject.otherToken('editor-1')}` }
      const statuses = []
      for (let at = 0; at < 4; at++) statuses.push((await from(context, `192.0.2.${at}`, forged)).status)
      equal(statuses.join(), '401,401,429,429')
    },
  },
]
