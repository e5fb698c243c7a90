import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { FOR_SHARED_CACHES } from '../adapter-under-test.js'
import type { Case, CaseContext } from '../cases.js'
import { header, type Reply } from '../http-client.js'
import type { WorkosInPlay } from '../workos.js'

const open = ({ call, subject }: CaseContext, path: string, userId = 'editor-1'): Promise<Reply> =>
  call({ path, headers: { cookie: subject.session.cookie(userId) } })

const cookies = ({ headers }: Reply): readonly string[] => [headers['set-cookie'] ?? []].flat()

export const sessionCases: readonly Case[] = [
  {
    name: 'writes a refreshed session cookie once, however many guards ran',
    app: 'session',
    async check(context) {
      for (const path of ['/me', '/twice']) {
        const reply = await open(context, path)
        equal(reply.status, 200)
        deepEqual(cookies(reply), [context.subject.session.next])
      }
      equal(context.subject.session.fresh.length, 2)
    },
  },
  {
    name: 'writes it with a stream and beside the cookies of a raw answer',
    app: 'session',
    async check(context) {
      const streamed = await open(context, '/streamed')
      equal(streamed.text, 'onetwo')
      deepEqual(cookies(streamed), [context.subject.session.next])
      const raw = await open(context, '/raw')
      equal(raw.status, 200)
      deepEqual([...cookies(raw)].sort(), [context.subject.session.next, 'theme=dark'].sort())
    },
  },
  {
    name: 'writes it with a refusal and with a crash: a refreshed session must not be lost',
    app: 'session',
    async check(context) {
      const refused = await open(context, '/admin')
      equal(refused.status, 403)
      deepEqual(cookies(refused), [context.subject.session.next])
      const unsafe = await context.call({ method: 'GET', path: '/me', headers: { cookie: 'session=gone-1' } })
      equal(unsafe.status, 403)
      deepEqual(cookies(unsafe), [context.subject.session.next])
      for (const path of ['/crash', '/throws']) {
        const crashed = await open(context, path)
        equal(crashed.status, 500)
        deepEqual(cookies(crashed), [context.subject.session.next])
      }
    },
  },
  {
    name: 'writes it with an answer that its handler calls public, which no shared cache may keep then',
    app: 'session',
    async check(context) {
      const reply = await open(context, '/cached')
      deepEqual([reply.status, cookies(reply)], [200, [context.subject.session.next]])
      const told = Object.keys(FOR_SHARED_CACHES).map((name) => `${name}: ${header(reply, name)}`)
      deepEqual(told, [
        'cache-control: private, no-store',
        'cdn-cache-control: private, no-store',
        'surrogate-control: private, no-store',
        'edge-control: no-store',
        'x-accel-expires: 0',
      ])
    },
  },
  {
    name: 'keeps the session that WorkOS has just refreshed, with a refusal too',
    app: 'session',
    withWorkos: true,
    async check({ call, workos }) {
      const { expiredCookie, refreshes } = workos as WorkosInPlay
      for (const [path, status] of [
        ['/me', 200],
        ['/admin', 403],
      ] as const) {
        const before = refreshes()
        const reply = await call({ path, headers: { cookie: expiredCookie('editor-1') } })
        equal(reply.status, status)
        const [field = '', ...others] = cookies(reply)
        deepEqual(others, [])
        match(field, /^wos-session=Fe26\.2\*.*; HttpOnly; Secure; SameSite=Lax$/)
        const next = await call({ path: '/me', headers: { cookie: field.replace(/;.*/, '') } })
        equal(next.status, 200)
        equal(next.json()['id'], 'app-editor-1')
        equal(refreshes(), before + 1)
      }
    },
  },
  {
    name: 'writes a refreshed session that is too large for a cookie in chunks that are read again',
    app: 'session',
    withWorkos: true,
    async check({ call, workos }) {
      const { expiredCookie, refreshes } = workos as WorkosInPlay
      const permissions = Array.from({ length: 60 }, (_, index) => `resource-number-${index}:manage`)
      const before = refreshes()
      const reply = await call({ path: '/me', headers: { cookie: expiredCookie('editor-1', permissions) } })
      equal(reply.status, 200)
      for (const field of cookies(reply)) ok(field.length <= 4096)
      const kept = cookies(reply).filter((field) => !/; Max-Age=0;/.test(field))
      deepEqual(
        kept.map((field) => field.replace(/=.*/, '')),
        ['wos-session.0', 'wos-session.1'],
      )
      const cookie = kept.map((field) => field.replace(/;.*/, '')).join('; ')
      const next = await call({ path: '/me', headers: { cookie } })
      equal(next.status, 200)
      equal(next.json()['id'], 'app-editor-1')
      equal(refreshes(), before + 1)
    },
  },
  {
    name: 'never undoes a logout: a cookie of the handler wins, and the verifier is told',
    app: 'session',
    async check(context) {
      const reply = await open(context, '/logout')
      equal(reply.status, 200)
      deepEqual(cookies(reply), ['session=; Max-Age=0'])
      equal(context.subject.session.ended(), 1)
      await open(context, '/me')
      equal(context.subject.session.ended(), 1)
    },
  },
  {
    name: 'clears with a cookie the chunks of it that the request brought',
    app: 'session',
    async check({ call, subject }) {
      const [pair = ''] = subject.session.cookie('editor-1').split(';')
      const value = pair.slice(pair.indexOf('=') + 1)
      const chunks = `session.0=${value.slice(0, 3)}; session.1=${value.slice(3)}`
      const cleared = ['session.0=; Max-Age=0', 'session.1=; Max-Age=0', 'session=; Max-Age=0']
      // Beside a whole one they do not count, but would as soon as it is gone.
      for (const cookie of [chunks, `${pair}; ${chunks}`, `${chunks}; mysession.2=x; session.x=y`]) {
        const reply = await call({ path: '/logout', headers: { cookie } })
        equal(reply.status, 200)
        deepEqual([...cookies(reply)].sort(), cleared)
        const usual = await call({ path: '/me', headers: { cookie } })
        deepEqual(cookies(usual), [subject.session.next])
      }
    },
  },
  {
    name: 'asks past every cache where the guard says so',
    app: 'session',
    async check(context) {
      await open(context, '/me')
      await open(context, '/fresh')
      deepEqual(context.subject.session.fresh, [false, true])
    },
  },
]
