import { deepEqual, equal, match, ok } from 'node:assert/strict'
import type { Case, CaseContext } from '../cases.js'
import { header } from '../http-client.js'
import { assertAnswers, type OldSessions } from '../old-sessions.js'
import { TRUSTED_ORIGIN } from '../subject.js'

const valueOf = (cookie: string): string => cookie.slice(cookie.indexOf('=') + 1)
const bearer = (token: string, cookie: string) => ({ authorization: `Bearer ${token}`, cookie })
/** Those that look into a store on every request. */
const STORED = ['auth-js-rows', 'stored', 'express']

/** What holds for the sessions of every other system alike. */
export const oldSessionCases: readonly Case[] = [
  {
    name: 'lets in who has a session of Auth.js, express-session, iron-session or the team, writes no cookie, and tells nobody of it',
    app: 'standard',
    withOldSessions: {},
    async check({ call, old, subject }) {
      for (const [verifier, cookie] of (old as OldSessions).each('editor-1')) {
        const reply = await call({ path: '/me', headers: { cookie } })
        const principal = { id: 'app-editor-1', verifier, organization: null, roles: ['editor'] }
        deepEqual([reply.status, reply.json()], [200, principal])
        equal(header(reply, 'cache-control'), 'private, no-store')
        match(header(reply, 'vary').toLowerCase(), /cookie/)
        equal(header(reply, 'set-cookie'), '')
        ok(!JSON.stringify(subject.events).includes(valueOf(cookie)), verifier)
      }
    },
  },
  {
    name: 'takes no change by such a session without a proof of its origin',
    app: 'standard',
    withOldSessions: {},
    async check({ call, old }) {
      const own = { origin: TRUSTED_ORIGIN, 'sec-fetch-site': 'same-origin' }
      for (const [verifier, cookie] of (old as OldSessions).each('editor-1')) {
        const post = (more: object) => call({ method: 'POST', path: '/things', headers: { cookie, ...more } })
        equal((await post({})).json()['code'], 'origin_untrusted', verifier)
        equal((await post({ origin: 'https://evil.example' })).json()['code'], 'origin_untrusted', verifier)
        equal((await post(own)).status, 200, verifier)
      }
    },
  },
  {
    name: 'takes two such sessions of one person, and refuses those of two, wherever the second one comes from',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { each } = context.old as OldSessions
      const [mine, theirs] = [each('editor-1'), each('editor-2')]
      const table = mine.flatMap(([verifier, cookie], place) => {
        const own = theirs[place]?.[1] ?? ''
        const [, beside = ''] = theirs[(place + 1) % theirs.length] ?? []
        const legacy = `legacy=${context.subject.token('editor-1')}`
        return [
          [`${verifier}, and the same person by a token`, `${legacy}; ${cookie}`, '200 app-editor-1'],
          [`${verifier}, twice the same`, `${cookie}; ${cookie}`, '200 app-editor-1'],
          [`${verifier}, of two people`, `${cookie}; ${own}`, '401 identity_conflict'],
          [`${verifier} beside that of another verifier`, `${cookie}; ${beside}`, '401 identity_conflict'],
        ] as const
      })
      await assertAnswers(context, table)
    },
  },
  {
    name: 'judges a header alone, and looks up no session that stands beside it',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { each, store } = context.old as OldSessions
      const [good, bad] = [context.subject.token('editor-1'), context.subject.otherToken('editor-1')]
      await assertAnswers(
        context,
        each('editor-2').flatMap(([verifier, cookie]) => [
          [`a good token beside ${verifier}`, bearer(good, cookie), '200 app-editor-1'] as const,
          [`a forged token beside ${verifier}`, bearer(bad, cookie), '401 credential_invalid'] as const,
        ]),
      )
      equal(store.calls, 0)
    },
  },
  {
    name: 'ends a session with auth.revoke at once, also where it is remembered',
    app: 'standard',
    withOldSessions: { rememberMs: 60_000 },
    async check(context) {
      const { old, subject } = context
      const [mine, theirs] = [(old as OldSessions).each('editor-1'), (old as OldSessions).each('editor-2')]
      const all = (of: typeof mine, answer: string) =>
        assertAnswers(
          context,
          of.map(([verifier, cookie]) => [verifier, cookie, answer]),
        )
      await all(mine, '200 app-editor-1')
      for (const [, cookie] of mine) await subject.auth.revoke({ credential: valueOf(cookie) })
      await all(mine, '401 credential_revoked')
      await all(theirs, '200 app-editor-2')
      await subject.auth.revoke({ principal: 'app-editor-2' })
      await all(theirs, '401 credential_revoked')
    },
  },
  {
    name: 'signs nobody out while a store of sessions is down or does not answer, and lets in whom no store is asked about',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const old = context.old as OldSessions
      const all = old.each('editor-1')
      const legacy = `legacy=${context.subject.token('editor-1')}`
      for (const state of ['down', 'hanging'] as const) {
        old.store.state = state
        await Promise.all(all.filter(([name]) => STORED.includes(name)).map((session) => outage(context, session)))
        await assertAnswers(context, [['NextAuth', all[1]?.[1] ?? '', '200 app-editor-1']])
      }
      // The newest session decides: nobody is taken for somebody else because it cannot be had.
      await assertAnswers(context, [['beside a token', `${legacy}; ${all[3]?.[1]}`, '503 verifier_unavailable']])
      old.store.state = 'up'
      await assertAnswers(
        context,
        all.map(([verifier, cookie]) => [verifier, cookie, '200 app-editor-1']),
      )
    },
  },
]

async function outage(
  { call }: CaseContext,
  [verifier, cookie]: readonly [verifier: string, cookie: string],
): Promise<void> {
  for (const path of ['/me', '/optional']) {
    const reply = await call({ path, headers: { cookie } })
    deepEqual([verifier, reply.status, reply.json()['code']], [verifier, 503, 'verifier_unavailable'])
    match(header(reply, 'retry-after'), /^\d+$/)
    ok(!reply.text.includes('store'), verifier)
  }
}
