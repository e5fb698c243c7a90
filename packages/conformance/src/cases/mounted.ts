import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import type { Case, CaseContext } from '../cases.js'
import { hangUp, header, partsOf, type Reply } from '../http-client.js'

const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }

const echo = async (
  { call }: CaseContext,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> => (await call({ method: 'POST', path, headers, body })).json()

/** Handlers of the web platform, mounted. */
export const mountedCases: readonly Case[] = [
  {
    name: 'hands a mounted handler the whole URL, the method, the headers and the body',
    app: 'mounted',
    async check(context) {
      const text = JSON.stringify({ text: 'ü'.repeat(20_000), list: [1, null], __proto__: 1 })
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const length = String(Buffer.byteLength(text))
        const headers = { ...JSON_TYPE, 'x-token': 't', 'content-length': length }
        const reply = await context.call({ method, path: '/mounted/echo/a%2Fb?q=1&q=2', headers, body: text })
        const seen = { method, path: '/mounted/echo/a%2Fb', search: '?q=1&q=2', type: 'application/json', token: 't' }
        deepEqual(reply.json(), { ...seen, text, isAsSent: true })
      }
      for (const path of ['/mounted/echo', '/mounted/echo?x', '/mounted/echo/'])
        equal((await context.call({ path })).json()['path'], path.replace('?x', ''))
      for (const path of ['/mounted', '/mounted/', '/mounted/other', '/mounted?x'])
        equal((await context.call({ path })).text, 'none')
    },
  },
  {
    name: 'hands a mounted handler the body as it was sent, of any type and any length',
    app: 'mounted',
    async check(context) {
      for (const [type, body] of [
        ['application/merge-patch+json', '{"a":1}'],
        ['application/json', '{"broken'],
        ['application/json', ''],
        ['text/csv', 'a,b\r\n'],
        ['application/x-www-form-urlencoded', 'a=1&a=2&b[c]=%20'],
      ] as const)
        deepEqual((await echo(context, '/mounted/echo', body, { 'content-type': type }))['text'], body)
      const long = 'x'.repeat(3_000_000)
      equal((await echo(context, '/mounted/length', long, { 'content-type': 'text/plain' }))['length'], long.length)
      equal((await echo(context, '/mounted/echo', '', {}))['text'], '')
    },
  },
  {
    name: 'hands a mounted handler a body that a parser has read before',
    app: 'mounted',
    async check(context) {
      const value = { text: 'ü'.repeat(2_000), list: [1, null, { a: true }], none: null, empty: {}, zero: 0 }
      const seen = await echo(context, '/parsed/echo', JSON.stringify(value), JSON_TYPE)
      deepEqual(JSON.parse(String(seen['text'])), value)
      match(String(seen['type']), /^application\/json/)
      equal((await echo(context, '/parsed/echo', '[]', JSON_TYPE))['text'], '[]')
      const form = await echo(context, '/parsed/echo', 'a=1&b=%C3%BC+%26&b=2', FORM_TYPE)
      deepEqual(
        [...new URLSearchParams(String(form['text']))],
        [
          ['a', '1'],
          ['b', 'ü &'],
          ['b', '2'],
        ],
      )
      equal((await echo(context, '/parsed/echo', 'plain', { 'content-type': 'application/x-own' }))['text'], 'plain')
      equal((await context.call({ path: '/parsed/echo' })).json()['text'], '')
    },
  },
  {
    name: 'keeps the bytes of a body that a parser has read before, or says that they are lost',
    app: 'mounted',
    async check(context) {
      // As no parser would write it again, so that a signature over it would break.
      const body = '{ "b": 1.0, "a": "\\u00fc",\n"b": 2 }'
      for (const [path, headers] of [
        ['/mounted/echo', JSON_TYPE],
        ['/parsed/echo', JSON_TYPE],
        ['/parsed/echo', { 'content-type': 'application/x-own' }],
      ] as const) {
        const { text, isAsSent } = await echo(context, path, body, headers)
        equal(isAsSent, text === body, path)
      }
      equal((await echo(context, '/mounted/echo', body, JSON_TYPE))['isAsSent'], true)
    },
  },
  {
    name: 'answers without reading a body that a mounted handler does not want, and serves the next request',
    app: 'mounted',
    async check({ call }) {
      const body = 'x'.repeat(200_000)
      for (let index = 0; index < 3; index++) {
        const reply = await call({ method: 'POST', path: '/mounted/unread', headers: JSON_TYPE, body })
        deepEqual([reply.status, reply.text], [413, 'too large'])
      }
    },
  },
  {
    name: 'writes the status, the headers and each cookie of a mounted handler, beside what middleware has set',
    app: 'mounted',
    async check({ call }) {
      const reply = await call({ path: '/mounted/cookies' })
      deepEqual([reply.status, reply.text], [201, 'made'])
      deepEqual(reply.headers['set-cookie'], ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'c=3'])
      deepEqual(
        ['x-own', 'x-before', 'cache-control'].map((name) => header(reply, name)),
        ['yes', '1', 'max-age=5'],
      )
      match(header(reply, 'vary'), /x-own/)
      const none = await call({ path: '/mounted/empty' })
      deepEqual([none.status, none.text], [204, ''])
    },
  },
  {
    name: 'answers HEAD of a mounted handler with its headers and no body',
    app: 'mounted',
    async check({ call }) {
      const reply = await call({ method: 'HEAD', path: '/mounted/cookies' })
      deepEqual([reply.status, reply.text, header(reply, 'x-own')], [201, '', 'yes'])
      equal((reply.headers['set-cookie'] as string[]).length, 3)
    },
  },
  {
    name: 'streams what a mounted handler streams, and sends headers before the first chunk',
    app: 'mounted',
    async check({ origin, web }) {
      const streamed = partsOf(origin, '/mounted/stream')
      equal(await streamed.next(), 'one')
      web.release()
      equal(await streamed.rest(), 'two')
    },
  },
  {
    name: 'sends the headers of a mounted handler whose stream begins later',
    app: 'mounted',
    async check({ origin, web }) {
      const silent = partsOf(origin, '/mounted/silent')
      equal(header(await silent.headers(), 'x-own'), 'early')
      web.release()
      equal(await silent.rest(), 'late')
    },
  },
  {
    name: 'breaks the connection off where the stream of a mounted handler breaks',
    app: 'mounted',
    async check({ call }) {
      await rejects(call({ path: '/mounted/breaks' }))
      equal((await call({ path: '/mounted/empty' })).status, 204)
    },
  },
  {
    name: 'tells a mounted handler that its client is gone',
    app: 'mounted',
    async check({ origin, web }) {
      await hangUp(origin, ['GET /mounted/forever HTTP/1.1', 'Host: a'], web.begun)
      ok(['cancelled', 'aborted'].includes(await within(web.gone)))
    },
  },
  {
    name: 'hands what a mounted handler throws to the error path of the framework',
    app: 'mounted',
    async check({ call }) {
      for (const path of ['/mounted/throws', '/mounted/nothing']) {
        deepEqual([path, (await call({ path })).status], [path, 500])
      }
      equal((await call({ path: '/mounted/empty' })).status, 204)
    },
  },
  {
    name: 'authenticates once for a guard and the handler that is mounted behind it',
    app: 'mounted',
    async check({ call, subject }) {
      const cookie = subject.session.cookie('editor-1')
      const guarded = await call({ path: '/guarded/me', headers: { cookie } })
      deepEqual(guarded.json(), { id: 'app-editor-1', isNative: true })
      deepEqual(guarded.headers['set-cookie'], [subject.session.next])
      equal(subject.session.fresh.length, 1)
      equal((await call({ path: '/guarded/me' })).status, 401)
    },
  },
  {
    name: 'writes the cookies of a session that a mounted handler refreshed',
    app: 'mounted',
    async check({ call, subject }) {
      const headers = { cookie: subject.session.cookie('editor-1') }
      const reply: Reply = await call({ path: '/mounted/me', headers })
      equal(reply.json()['id'], 'app-editor-1')
      deepEqual(reply.headers['set-cookie'], [subject.session.next])
    },
  },
  {
    name: 'lets a mounted handler see a header that was sent twice',
    app: 'mounted',
    async check({ call, subject }) {
      const good = `Bearer ${subject.token('editor-1')}`
      equal((await call({ path: '/mounted/me', headers: { authorization: good } })).status, 200)
      for (const authorization of [
        [good, 'Bearer junk'],
        ['Bearer junk', good],
      ])
        equal((await call({ path: '/mounted/me', headers: { authorization } })).status, 400)
    },
  },
  {
    name: 'survives methods and targets that a mounted handler cannot be handed',
    app: 'mounted',
    async check({ call }) {
      for (const [method, path] of [
        ['TRACE', '/mounted/echo'],
        ['GET', '/mounted/echo/%zz'],
        ['GET', '/mounted//evil.example/x'],
        ['GET', '/mounted/echo?%ff'],
        ['OPTIONS', '/mounted/echo'],
        ['PROPFIND', '/mounted/echo'],
      ] as const) {
        const { status } = await call({ method, path })
        ok(status < 500 || status === 501, `${method} ${path} answered ${status}`)
      }
    },
  },
]

function within<T>(promise: Promise<T>): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new Error('nothing happened within 2 s')), 2_000).unref()
    }),
  ])
}
