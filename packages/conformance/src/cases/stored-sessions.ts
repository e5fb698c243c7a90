import { equal } from 'node:assert/strict'
import { createSessionIssuer, tamper } from '@dualauth/testing'
import type { Case, CaseContext } from '../cases.js'
import { assertNonsenseTellsNothing, assertVisitors } from '../old-session-checks.js'
import { addRow, assertAnswers, type OldSessions } from '../old-sessions.js'

const stored = ({ old }: CaseContext) => (old as OldSessions).stored

/** What no session is, of which nobody can tell whose it is. */
const NONSENSE: readonly unknown[] = [
  'session',
  7,
  [],
  {},
  { userId: true, expiresAt: new Date() },
  { userId: { id: 'editor-1' }, expiresAt: '2099-01-01' },
  { userId: '', expiresAt: '2099-01-01' },
  { userId: Number.NaN, expiresAt: '2099-01-01' },
  { userId: 'editor-1' },
  { userId: 'editor-1', expiresAt: 'tomorrow' },
  { userId: 'editor-1', expiresAt: '2099-01-01', roles: 'admin' },
  { userId: 'editor-1', expiresAt: '2099-01-01', isActive: 'no' },
]

export const storedSessionCases: readonly Case[] = [
  {
    name: 'takes a session of the store of a team while the store has it and it is current, in its cookie and as bearer',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { session, sessionCookie, signOut, find } = stored(context)
      const { token } = session({ user: 'editor-1' })
      const ended = session({ user: 'editor-1' }).token
      signOut(ended)
      const another = createSessionIssuer({ prefix: 'session_' }).session({ user: 'editor-1' }).token
      const over = session({ user: 'editor-1', expiresInSeconds: 0 }).token
      const inactive = session({ user: 'editor-1', fields: { isActive: false } }).token
      const bearer = (value: string) => ({ authorization: `Bearer ${value}` })
      const table = [
        ['current', token, '200 app-editor-1'],
        ['over', over, '401 credential_expired'],
        ['signed out', ended, '401 credential_revoked'],
        ['of another store', another, '401 credential_revoked'],
        ['tampered with', tamper(token), '401 credential_revoked'],
        ['of a deactivated account', inactive, '403 account_deactivated'],
      ] as const
      await assertAnswers(
        context,
        table.flatMap(([what, value, answer]) => [
          [`cookie, ${what}`, sessionCookie(value), answer],
          [`bearer, ${what}`, bearer(value), answer],
        ]),
      )
      await assertAnswers(context, [
        ['percent-encoded', `stored=%73${token.slice(1)}`, '200 app-editor-1'],
        ['no text', 'stored=%00%20', '401 credential_invalid'],
        ['spelled as nobody would', 'stored=%zz', '401 credential_revoked'],
        ['a bearer that begins in another way', bearer(token.slice(1)), '401 credential_unsupported'],
      ])
      equal(find(token, { fresh: false, now: 0 }), null)
    },
  },
  {
    name: 'takes a visitor with a session that nobody has signed in to for one without any',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { session, sessionCookie } = stored(context)
      await assertVisitors(context, [sessionCookie(session({ user: null }).token)])
    },
  },
  {
    name: 'signs nobody in or out by what a store answers that is no session',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const issuer = stored(context)
      await assertNonsenseTellsNothing(
        context,
        issuer.sessionCookie(issuer.session({ user: 'editor-1' }).token),
        NONSENSE,
      )
    },
  },
  {
    name: 'sees a sign-out of the old side at the next request',
    app: 'session',
    withOldSessions: {},
    async check(context) {
      const { ask, signOut } = ofEachStore(context)
      for (let turn = 0; turn < 3; turn++) await ask('200 app-editor-1')
      equal((context.old as OldSessions).store.calls, 9)
      signOut()
      await ask('401 credential_revoked')
    },
  },
  {
    name: 'looks a session of the old side up once where it is remembered, until a guard asks afresh',
    app: 'session',
    withOldSessions: { rememberMs: 60_000 },
    async check(context) {
      const { ask, signOut } = ofEachStore(context)
      for (let turn = 0; turn < 3; turn++) await ask('200 app-editor-1')
      equal((context.old as OldSessions).store.calls, 3)
      signOut()
      await ask('200 app-editor-1')
      await ask('401 credential_revoked', '/fresh')
      await ask('401 credential_revoked')
    },
  },
]

/** A session in each store, asked for in turn, and the end of all. */
function ofEachStore(context: CaseContext) {
  const { stored: issuer, express, rows } = context.old as OldSessions
  const { token } = issuer.session({ user: 'editor-1' })
  const { id } = express.issuer.session({ user: 'editor-1' })
  const sent = [
    ['Auth.js', `rows=${addRow(rows, 'editor-1')}`],
    ['the team', issuer.sessionCookie(token)],
    ['express-session', express.issuer.sessionCookie(id)],
  ] as const
  return {
    ask: (answer: string, path?: string) =>
      assertAnswers(
        context,
        sent.map(([store, cookie]) => [store, cookie, answer]),
        path,
      ),
    signOut() {
      rows.clear()
      issuer.signOut(token)
      express.issuer.signOut(id)
    },
  }
}
