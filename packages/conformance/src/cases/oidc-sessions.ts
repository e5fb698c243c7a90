import { deepEqual, equal, match, ok } from 'node:assert/strict'
import type { Case, CaseContext } from '../cases.js'
import { header, type Reply } from '../http-client.js'
import type { OidcInPlay } from '../oidc.js'

const fields = ({ headers }: Reply): readonly string[] => [headers['set-cookie'] ?? []].flat()
const kept = (reply: Reply): string =>
  fields(reply)
    .filter((field) => !field.includes('; Max-Age=0;'))
    .map((field) => field.slice(0, field.indexOf(';')))
    .join('; ')
const open = ({ call }: CaseContext, path: string, cookie: string): Promise<Reply> =>
  call({ path, headers: { cookie } })

export const oidcSessionCases: readonly Case[] = [
  {
    name: 'keeps the session that an OpenID provider has just confirmed, once for many requests, with a refusal too',
    app: 'session',
    withOidc: true,
    async check(context) {
      const { provider, dueCookie } = context.oidc as OidcInPlay
      const cookie = await dueCookie('editor-1')
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, at) => open(context, at % 2 === 0 ? '/me' : '/admin', cookie)),
      )
      deepEqual(new Set(replies.map(({ status }) => status)), new Set([200, 403]))
      equal(new Set(replies.map((reply) => fields(reply).join())).size, 1)
      equal(provider.token.calls, 1)
      const [field = ''] = fields(replies[0] as Reply)
      match(field, /^__Host-session=Fe26\.2\*.*; Path=\/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax$/)
      const next = await open(context, '/me', kept(replies[0] as Reply))
      equal(next.status, 200)
      equal(next.json()['id'], 'app-editor-1')
      deepEqual(fields(next), [])
      equal(provider.token.calls, 1)
    },
  },
  {
    name: 'reads and writes a large session of an OpenID provider in chunks, and clears each',
    app: 'session',
    withOidc: true,
    async check(context) {
      const { provider, dueCookie, cleared } = context.oidc as OidcInPlay
      const groups = Array.from({ length: 100 }, (_, at) => `tenant_${at}_administrators`)
      const cookie = await dueCookie('editor-1', { groups })
      const reply = await open(context, '/me', cookie)
      equal(reply.status, 200)
      for (const field of fields(reply)) ok(field.length <= 4096)
      const next = kept(reply)
      match(next, /^__Host-session\.0=.*; __Host-session\.1=/)
      equal((await open(context, '/me', next)).status, 200)
      equal(provider.token.calls, 1)
      deepEqual(cleared(next), ['__Host-session', '__Host-session.0', '__Host-session.1'])
    },
  },
  {
    name: 'answers 503 while an OpenID provider is down, and 401 when it has ended the session',
    app: 'session',
    withOidc: true,
    async check(context) {
      const { provider, dueCookie } = context.oidc as OidcInPlay
      const cookie = await dueCookie('editor-1', { sid: 'sid-1' })
      provider.token.mode = { status: 429, headers: { 'retry-after': '7' } }
      const limited = await open(context, '/me', cookie)
      equal(limited.status, 503)
      equal(header(limited, 'retry-after'), '7')
      deepEqual(fields(limited), [])
      provider.token.mode = 'ok'
      provider.endSession('sid-1')
      const ended = await open(context, '/me', cookie)
      equal(ended.status, 401)
      equal(ended.json()['code'], 'credential_revoked')
    },
  },
]
