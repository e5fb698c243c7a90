import { deepEqual, equal, match, ok } from 'node:assert/strict'
import type { Case, CaseContext } from '../cases.js'
import { header, type Call, type Reply } from '../http-client.js'

const MOVE = 'https://example.com/move'
const LINKS = [`<${MOVE}>; rel="deprecation"; type="text/html"`, `<${MOVE}>; rel="sunset"; type="text/html"`]

/** Asks with a credential of the old side, whose end is announced. */
async function asOld({ call, subject }: CaseContext, path: string, asked: Partial<Call> = {}): Promise<Reply> {
  subject.publish({
    stage: 'prefer-new',
    announcement: { deprecation: '2026-01-01T00:00:00Z', sunset: '2030-12-31T00:00:00Z', documentation: MOVE },
  })
  const headers = { authorization: `Bearer ${subject.token('editor-1')}`, ...asked.headers }
  return call({ ...asked, path, headers })
}

/** Everything is there once, beside what the handler has set. */
function isAnnounced(reply: Reply, own: { readonly link?: string; readonly vary?: string } = {}): void {
  equal(header(reply, 'deprecation'), '@1767225600')
  equal(header(reply, 'sunset'), 'Tue, 31 Dec 2030 00:00:00 GMT')
  const links = header(reply, 'link').split(/, (?=<)/)
  deepEqual([...links].sort(), [...LINKS, ...(own.link === undefined ? [] : [own.link])].sort())
  const vary = header(reply, 'vary').toLowerCase().split(/ *, */)
  for (const field of ['authorization', 'cookie', ...(own.vary === undefined ? [] : [own.vary])])
    equal(vary.filter((one) => one === field).length, 1, header(reply, 'vary'))
  ok(header(reply, 'cache-control') !== '')
}

/** What is announced to callers of the old side, however a handler answers. */
export const announcingCases: readonly Case[] = [
  {
    name: 'announces on an answer that is streamed',
    app: 'announcing',
    withMigration: true,
    async check(context) {
      const reply = await asOld(context, '/streamed')
      deepEqual([reply.status, reply.text], [200, 'onetwo'])
      isAnnounced(reply)
    },
  },
  {
    name: 'announces on the error page of the framework',
    app: 'announcing',
    withMigration: true,
    async check(context) {
      const reply = await asOld(context, '/crash')
      equal(reply.status, 500)
      isAnnounced(reply)
    },
  },
  {
    name: 'announces beside a Link and a Vary that the handler puts in place of all others',
    app: 'announcing',
    withMigration: true,
    async check(context) {
      const reply = await asOld(context, '/replaced')
      equal(reply.status, 200)
      isAnnounced(reply, { link: '</next>; rel="next"', vary: 'accept' })
    },
  },
  {
    name: 'announces beside the fields of an answer that is written by hand',
    app: 'announcing',
    withMigration: true,
    async check(context) {
      const reply = await asOld(context, '/raw')
      deepEqual([reply.status, reply.text, header(reply, 'x-own')], [203, '{}', 'yes'])
      isAnnounced(reply, { link: '</next>; rel="next"', vary: 'accept' })
    },
  },
  {
    name: 'announces on a redirect, on 304 and to HEAD',
    app: 'announcing',
    withMigration: true,
    async check(context) {
      const redirected = await asOld(context, '/redirected')
      equal(redirected.status, 302)
      match(header(redirected, 'location'), /\/me$/)
      isAnnounced(redirected)
      const unchanged = await asOld(context, '/unchanged', { headers: { 'if-none-match': '"v1"' } })
      deepEqual([unchanged.status, unchanged.text, header(unchanged, 'etag')], [304, '', '"v1"'])
      isAnnounced(unchanged)
      const head = await asOld(context, '/me', { method: 'HEAD' })
      deepEqual([head.status, head.text], [200, ''])
      isAnnounced(head)
    },
  },
  {
    name: 'keeps a date that the application has set before the guard',
    app: 'announcing',
    withMigration: true,
    async check(context) {
      const reply = await asOld(context, '/me', { headers: { 'x-sunset': 'Wed, 01 Jan 2031 00:00:00 GMT' } })
      equal(header(reply, 'sunset'), 'Wed, 01 Jan 2031 00:00:00 GMT')
      equal(header(reply, 'deprecation'), '@1767225600')
    },
  },
  {
    name: 'announces nothing of this to the new side, however the handler answers',
    app: 'announcing',
    withMigration: true,
    async check(context) {
      await asOld(context, '/me')
      const { call, subject } = context
      for (const path of ['/me', '/streamed', '/raw', '/replaced', '/redirected', '/crash']) {
        const reply = await call({ path, headers: { cookie: subject.session.cookie('editor-1') } })
        deepEqual([header(reply, 'deprecation'), header(reply, 'sunset')], ['', ''], path)
        ok(!header(reply, 'link').includes(MOVE), path)
      }
    },
  },
  {
    name: 'announces on what a mounted handler answers, whoever asked who is calling',
    app: 'mounted',
    withMigration: true,
    async check(context) {
      const behind = await asOld(context, '/guarded/cookies')
      equal(behind.status, 201)
      isAnnounced(behind, { vary: 'x-own' })
      equal(header(behind, 'cache-control'), 'max-age=5')
      const inside = await asOld(context, '/mounted/me')
      deepEqual([inside.status, inside.json()['id']], [200, 'app-editor-1'])
      isAnnounced(inside)
    },
  },
]
