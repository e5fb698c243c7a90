import { deepEqual, equal } from 'node:assert/strict'
import type { Case } from '../cases.js'
import type { Call, Reply } from '../http-client.js'
import { TRUSTED_ORIGIN, type Subject } from '../subject.js'

/** Everything that goes over the wire, but for the moment of the answer. */
function wire({ status, headers, text }: Reply): readonly unknown[] {
  const { date: _, ...rest } = headers
  return [status, rest, text]
}

/** Callers of both sides, of one and of none, let in and refused. */
function callers({ token, session }: Subject): readonly Call[] {
  const bearer = (user: string) => ({ authorization: `Bearer ${token(user)}` })
  const both = (old: string, fresh: string) => ({ ...bearer(old), cookie: session.cookie(fresh) })
  const cookies = (old: string, fresh: string) => ({ cookie: `legacy=${token(old)}; ${session.cookie(fresh)}` })
  return [
    { path: '/me', headers: both('editor-1', 'editor-1') },
    { path: '/me', headers: both('editor-1', 'editor-2') },
    { path: '/me', headers: both('editor-1', 'unlinked-1') },
    { path: '/me', headers: both('editor-1', 'down-1') },
    { path: '/me', headers: both('gone-1', 'editor-1') },
    { path: '/me', headers: cookies('editor-1', 'editor-2') },
    { path: '/me', headers: { cookie: session.cookie('editor-1') } },
    { path: '/things', headers: bearer('editor-1') },
    { path: '/things', method: 'POST', headers: bearer('editor-1') },
    { path: '/things', method: 'POST', headers: bearer('reader-1') },
    { path: '/things', method: 'POST', headers: { ...cookies('editor-1', 'editor-1'), origin: TRUSTED_ORIGIN } },
    { path: '/both', headers: both('reader-1', 'editor-1') },
    { path: '/optional', headers: cookies('editor-1', 'revoked-1') },
    { path: '/orgs/acme', headers: both('member-1', 'member-1') },
    { path: '/orgs/initech', headers: both('member-1', 'member-1') },
    { path: '/me' },
  ]
}

/** Comparing what the new side would have decided, as callers do not see it. */
export const shadowingCases: readonly Case[] = [
  {
    name: 'answers the same bytes whether the new side is compared or not, and also where that fails',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      const asked = callers(subject)
      const replies = async (): Promise<readonly unknown[]> => {
        const seen: unknown[] = []
        for (const one of asked) seen.push(wire(await call(one)))
        await subject.auth.flush()
        return seen
      }
      subject.publish({ stage: 'off' })
      const expected = await replies()
      subject.publish({ stage: 'shadow' })
      for (const state of ['answers', 'fails'] as const) {
        subject.rival.state = state
        deepEqual(await replies(), expected, state)
      }
      const results = subject.events.flatMap((event) => (event.type === 'shadow_compared' ? [event.result] : []))
      deepEqual([...new Set(results)].toSorted(), ['different', 'same', 'unknown'])
    },
  },
  {
    name: 'does not wait for the new side to be compared',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      subject.publish({ stage: 'shadow' })
      subject.rival.state = 'hangs'
      const compared = () =>
        subject.events.filter((event) => event.type === 'shadow_compared' && event.comparison !== 'permission').length
      const headers = {
        authorization: `Bearer ${subject.token('editor-1')}`,
        cookie: subject.session.cookie('editor-1'),
      }
      for (let again = 0; again < 3; again++) equal((await call({ path: '/me', headers })).status, 200)
      equal(compared(), 0)
      const flushed = subject.auth.flush()
      subject.rival.state = 'answers'
      subject.rival.release()
      await flushed
      equal(compared(), 6)
    },
  },
  {
    name: 'says which permissions the role map of the new side would give and take, and decides by the old one',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      subject.publish({ stage: 'shadow' })
      const headers = { authorization: `Bearer ${subject.token('editor-1')}` }
      equal((await call({ path: '/things', headers })).status, 200)
      equal((await call({ method: 'POST', path: '/things', headers })).status, 200)
      await subject.auth.flush()
      const found = subject.events.flatMap((event) =>
        event.type === 'shadow_mismatch' ? [[event.class, event.permissions, event.principalId]] : [],
      )
      deepEqual(found, [['privilege_loss', ['things:write'], 'app-editor-1']])
    },
  },
]
