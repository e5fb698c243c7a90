import { deepEqual, equal, match, ok } from 'node:assert/strict'
import type { Case } from '../cases.js'
import { hangUp, header } from '../http-client.js'

export const answerCases: readonly Case[] = [
  {
    name: 'keeps authenticated answers out of shared caches, unless the handler says otherwise',
    app: 'standard',
    async check({ call, subject }) {
      const headers = { authorization: `Bearer ${subject.token('editor-1')}` }
      const reply = await call({ path: '/me', headers })
      equal(header(reply, 'cache-control'), 'private, no-store')
      for (const field of ['authorization', 'cookie', 'x-api-key'])
        match(header(reply, 'vary').toLowerCase(), new RegExp(field))
      equal(header(await call({ path: '/cached', headers }), 'cache-control'), 'public, max-age=60')
      equal(header(await call({ path: '/optional' }), 'cache-control'), 'private, no-store')
      ok(!header(await call({ path: '/public' }), 'cache-control').includes('no-store'))
    },
  },
  {
    name: 'varies with the credential beside the Vary of a handler, however that is written',
    app: 'varied',
    async check({ call, subject }) {
      const headers = { authorization: `Bearer ${subject.token('editor-1')}` }
      for (const path of ['/set', '/object', '/flat', '/pairs']) {
        const reply = await call({ path, headers })
        deepEqual([reply.status, reply.text], [200, '{}'], path)
        equal(header(reply, 'cache-control'), 'public, max-age=60', path)
        const vary = header(reply, 'vary').toLowerCase().split(/ *, */)
        for (const field of ['accept', 'authorization', 'cookie', 'x-api-key'])
          equal(vary.filter((one) => one === field).length, 1, `${path}: ${header(reply, 'vary')}`)
      }
    },
  },
  {
    name: 'says the same of an answer without a body: to HEAD, and where nothing was modified',
    app: 'varied',
    async check({ call, subject }) {
      const headers = { authorization: `Bearer ${subject.token('editor-1')}` }
      for (const path of ['/set', '/object', '/flat', '/pairs', '/removed']) {
        const whole = await call({ path, headers })
        const etag = header(whole, 'etag')
        const replies = [await call({ method: 'HEAD', path, headers })]
        if (etag !== '') replies.push(await call({ path, headers: { ...headers, 'if-none-match': etag } }))
        for (const reply of replies) {
          deepEqual([reply.text, [200, 304].includes(reply.status)], ['', true], path)
          for (const field of ['cache-control', 'vary']) equal(header(reply, field), header(whole, field), path)
        }
        // Nobody else is told that nothing was modified.
        if (etag !== '') equal((await call({ path, headers: { 'if-none-match': etag } })).status, 401, path)
      }
    },
  },
  {
    name: 'puts back what keeps an answer out of shared caches where a handler removes it',
    app: 'varied',
    async check({ call, subject }) {
      const reply = await call({
        path: '/removed',
        headers: { authorization: `Bearer ${subject.token('editor-1')}` },
      })
      equal(header(reply, 'cache-control'), 'private, no-store')
      match(header(reply, 'vary').toLowerCase(), /authorization/)
    },
  },
  {
    name: 'answers a refusal as a problem document that no cache keeps',
    app: 'standard',
    async check({ call }) {
      const reply = await call({ path: '/me' })
      match(header(reply, 'content-type'), /^application\/problem\+json/)
      equal(header(reply, 'cache-control'), 'private, no-store')
      match(header(reply, 'vary').toLowerCase(), /authorization/)
      equal(reply.json()['status'], 401)
    },
  },
  {
    name: 'answers a refusal with the page and the status that formatError chose',
    app: 'standard',
    async check({ call, subject }) {
      const headers = { authorization: `Bearer ${subject.token('unlinked-page')}` }
      const reply = await call({ path: '/me', headers })
      equal(reply.status, 401)
      equal(header(reply, 'content-type'), 'text/html; charset=utf-8')
      equal(reply.text, '<h1>a request of legacy</h1>')
      match(header(reply, 'www-authenticate'), /^Bearer realm="api", error="invalid_token"/)
      equal(header(reply, 'cache-control'), 'private, no-store')
    },
  },
  {
    name: 'hands a crash of the handler to the error path of the framework',
    app: 'standard',
    async check({ call, subject }) {
      const reply = await call({ path: '/crash', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })
      equal(reply.status, 500)
      equal(header(reply, 'www-authenticate'), '')
      equal((await call({ path: '/public' })).status, 200)
    },
  },
  {
    name: 'leaves the body to a parser that runs before the guard',
    app: 'standard',
    async check({ call, subject }) {
      const body = JSON.stringify({ text: 'ü'.repeat(20_000) })
      const headers = { authorization: `Bearer ${subject.token('editor-1')}`, 'content-type': 'application/json' }
      const reply = await call({ method: 'POST', path: '/echo', headers, body })
      equal(reply.status, 200)
      equal(reply.json()['id'], 'app-editor-1')
      equal(JSON.stringify(reply.json()['body']), body)
      equal(
        (await call({ method: 'POST', path: '/echo', headers: { 'content-type': 'application/json' }, body })).status,
        401,
      )
    },
  },
  {
    name: 'guards HEAD like GET',
    app: 'standard',
    async check({ call, subject }) {
      const refused = await call({ method: 'HEAD', path: '/me' })
      equal(refused.status, 401)
      equal(refused.text, '')
      equal(
        (await call({ method: 'HEAD', path: '/me', headers: { authorization: `Bearer ${subject.token('editor-1')}` } }))
          .status,
        200,
      )
    },
  },
  {
    name: 'guards OPTIONS like any method, but never hands a preflight to a handler',
    app: 'standard',
    async check({ call, handled }) {
      equal((await call({ method: 'OPTIONS', path: '/everything' })).status, 401)
      const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
      const reply = await call({ method: 'OPTIONS', path: '/everything', headers: preflight })
      ok([200, 204].includes(reply.status), `preflight answered ${reply.status}`)
      equal(handled(), 0)
    },
  },
  {
    name: 'survives a client that hangs up while its credential is judged',
    app: 'standard',
    async check({ call, origin, subject }) {
      await hangUp(
        origin,
        ['GET /me HTTP/1.1', 'Host: localhost', 'Authorization: Bearer hang_1'],
        subject.hanging.asked,
      )
      subject.hanging.release()
      equal(
        (await call({ path: '/me', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })).status,
        200,
      )
    },
  },
]
