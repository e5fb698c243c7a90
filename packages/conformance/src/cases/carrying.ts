import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Case, CaseContext } from '../cases.js'
import { header, type Reply } from '../http-client.js'
import type { Subject } from '../subject.js'

/** Everybody moves, and the new side has settled. */
function moveEverybody({ publish }: Subject): void {
  publish({ stage: 'prefer-new', settleMs: 0, rollout: { unit: 'user', salt: 's', basisPoints: 10_000 } })
}

function written({ headers }: Reply): readonly string[] {
  return (headers['set-cookie'] as string[] | undefined) ?? []
}

const CARRIED = 'session=carried-editor-1; Path=/; HttpOnly'

/** Asks until an answer brings the session along; each of them lets the browser in. */
async function untilCarried({ call }: CaseContext, cookie: string, path: string): Promise<Reply> {
  for (let turn = 0; turn < 20; turn++) {
    const reply = await call({ path, headers: { cookie } })
    ok(reply.status < 300, `${path} answered ${reply.status}`)
    if (written(reply).includes(CARRIED)) return reply
  }
  throw new Error(`${path}: no answer brought a session`)
}

/** Sessions that a browser gets without asking, in the middle of a move. */
export const carryingCases: readonly Case[] = [
  {
    name: 'brings a browser of the old side a session of the new one along with an answer, and one for all its tabs',
    app: 'session',
    withMigration: true,
    async check(context) {
      const { subject, call } = context
      moveEverybody(subject)
      const cookie = `legacy=${subject.token('editor-1')}`
      await Promise.all(Array.from({ length: 8 }, () => call({ path: '/me', headers: { cookie } })))
      for (const path of ['/me', '/streamed', '/raw', '/twice']) await untilCarried(context, cookie, path)
      equal(subject.minter.counts.minted, 1)
      const both = await call({ path: '/me', headers: { cookie: `${cookie}; session=carried-editor-1` } })
      deepEqual([both.status, both.json()['id'], written(both)], [200, 'app-editor-1', []])
    },
  },
  {
    name: 'brings nothing along for a bearer, for whom the rollout leaves where they are, and at other stages',
    app: 'session',
    withMigration: true,
    async check({ subject, call }) {
      const token = subject.token('editor-1')
      moveEverybody(subject)
      for (let turn = 0; turn < 3; turn++)
        deepEqual(written(await call({ path: '/me', headers: { authorization: `Bearer ${token}` } })), [])
      for (const policy of [{ stage: 'dual' }, { stage: 'prefer-new' }, { stage: 'off' }] as const) {
        subject.publish({ ...policy, settleMs: 0 })
        for (let turn = 0; turn < 3; turn++)
          deepEqual(written(await call({ path: '/me', headers: { cookie: `legacy=${token}` } })), [])
      }
      equal(subject.minter.counts.minted, 0)
    },
  },
  {
    name: 'lets a browser in while nothing can be minted, without keeping it waiting',
    app: 'session',
    withMigration: true,
    async check({ subject, call }) {
      moveEverybody(subject)
      for (const state of ['hanging', 'failing'] as const) {
        subject.minter.state = state
        for (const user of ['editor-2', 'editor-3']) {
          const cookie = `legacy=${subject.token(`${user}-${state}`)}`
          for (let turn = 0; turn < 3; turn++) {
            const reply = await call({ path: '/me', headers: { cookie } })
            deepEqual([reply.status, written(reply)], [200, []])
          }
        }
      }
    },
  },
  {
    name: 'brings nothing along with an answer that a shared cache may keep, and brings it with the next one',
    app: 'session',
    withMigration: true,
    async check(context) {
      const { subject, call } = context
      moveEverybody(subject)
      const cookie = `legacy=${subject.token('editor-1')}`
      await untilCarried(context, cookie, '/me')
      for (let turn = 0; turn < 3; turn++) {
        const reply = await call({ path: '/cached', headers: { cookie } })
        deepEqual([reply.status, header(reply, 'cache-control'), written(reply)], [200, 'public, max-age=60', []])
      }
      await untilCarried(context, cookie, '/me')
      deepEqual(subject.minter.counts, { minted: 1, ended: 0 })
    },
  },
  {
    name: 'undoes no logout: a handler that clears the cookie wins, and the session that was minted ends',
    app: 'session',
    withMigration: true,
    async check(context) {
      const { subject, call } = context
      moveEverybody(subject)
      const cookie = `legacy=${subject.token('editor-1')}`
      await untilCarried(context, cookie, '/me')
      const out = await call({ path: '/logout', headers: { cookie } })
      deepEqual(written(out), ['session=; Max-Age=0'])
      deepEqual(subject.minter.counts, { minted: 1, ended: 1 })
    },
  },
]
