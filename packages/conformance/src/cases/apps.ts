import { equal, match, ok } from 'node:assert/strict'
import type { Case } from '../cases.js'
import { header } from '../http-client.js'

const preflight = {
  origin: 'https://app.example.com',
  'access-control-request-method': 'GET',
  'access-control-request-headers': 'authorization',
}

export const appCases: readonly Case[] = [
  {
    name: 'fails closed where no dualAuth is mounted',
    app: 'unmounted',
    async check({ call, subject }) {
      equal((await call({ path: '/me' })).status, 500)
      equal(
        (await call({ path: '/me', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })).status,
        500,
      )
    },
  },
  {
    name: 'says that nobody is known where no dualAuth is mounted, for loggers',
    app: 'unmounted',
    async check({ call, subject }) {
      const reply = await call({ path: '/logged', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })
      equal(reply.status, 200)
      equal(reply.json()['anonymous'], true)
    },
  },
  {
    name: 'fails instead of hanging when a guard was passed without being called',
    app: 'uncalled',
    async check({ call, subject }) {
      equal(
        (await call({ path: '/me', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })).status,
        500,
      )
    },
  },
  {
    name: 'lets the innermost instance govern, and no principal of one satisfy a guard of the other',
    app: 'nested',
    async check({ call, subject }) {
      const outer = { authorization: `Bearer ${subject.token('editor-1')}` }
      const inner = { authorization: `Bearer ${subject.otherToken('editor-2')}` }
      equal((await call({ path: '/me', headers: outer })).json()['id'], 'app-editor-1')
      equal((await call({ path: '/partner/me', headers: inner })).json()['id'], 'app-editor-2')
      equal((await call({ path: '/me', headers: inner })).status, 401)
      equal((await call({ path: '/partner/me', headers: outer })).status, 401)
    },
  },
  {
    name: 'agrees with a second loaded copy of the package',
    app: 'two-copies',
    async check({ call, subject }) {
      equal((await call({ path: '/me' })).status, 401)
      equal(
        (await call({ path: '/me', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })).json()['id'],
        'app-editor-1',
      )
    },
  },
  {
    name: 'works behind CORS: preflights are answered and browsers can read a refusal',
    app: 'cors-before',
    async check({ call, subject }) {
      const asked = await call({ method: 'OPTIONS', path: '/me', headers: preflight })
      equal(asked.status, 204)
      ok(header(asked, 'access-control-allow-origin') !== '')
      const refused = await call({ path: '/me', headers: { origin: preflight.origin } })
      equal(refused.status, 401)
      ok(header(refused, 'access-control-allow-origin') !== '')
      const headers = { origin: preflight.origin, authorization: `Bearer ${subject.token('editor-1')}` }
      const reply = await call({ path: '/me', headers })
      equal(reply.status, 200)
      ok(header(reply, 'access-control-allow-origin') !== '')
      match(header(reply, 'vary').toLowerCase(), /authorization/)
    },
  },
  {
    name: 'works before CORS: a preflight reaches no handler and a refusal stays 401',
    app: 'cors-after',
    async check({ call, subject, differences }) {
      const asked = await call({ method: 'OPTIONS', path: '/me', headers: preflight })
      equal(asked.status, 204)
      equal(header(asked, 'access-control-allow-origin') !== '', differences.corsAfterGuards === true)
      equal((await call({ path: '/me', headers: { origin: preflight.origin } })).status, 401)
      equal(
        (await call({ path: '/me', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })).status,
        200,
      )
    },
  },
  {
    name: 'keeps quiet when the response was already sent',
    app: 'answered',
    async check({ call, subject }) {
      equal((await call({ path: '/me' })).status, 202)
      equal(
        (await call({ path: '/me', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })).status,
        202,
      )
      equal((await call({ path: '/me' })).status, 202)
    },
  },
]
