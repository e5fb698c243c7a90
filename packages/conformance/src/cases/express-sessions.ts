import { equal } from 'node:assert/strict'
import { createExpressSessionIssuer, tamper } from '@dualauth/testing'
import type { Case } from '../cases.js'
import { assertNonsenseTellsNothing, assertVisitors } from '../old-session-checks.js'
import { assertAnswers, type OldSessions } from '../old-sessions.js'

const decoded = (cookie: string): string => decodeURIComponent(cookie)

/** What no session of express-session is, of which nobody can tell whose it is. */
const NONSENSE: readonly unknown[] = [
  'session',
  7,
  true,
  [],
  { passport: { user: true } },
  { passport: { user: {} } },
  { passport: { user: '' } },
  { passport: { user: { id: ['editor-1'] } } },
  { passport: { user: Number.NaN } },
]

export const expressSessionCases: readonly Case[] = [
  {
    name: 'takes a session of express-session by each secret of its own while the store has it, and asks the store about no other',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { express, store } = context.old as OldSessions
      const { issuer, older } = express
      const { id } = issuer.session({ user: 'editor-1' })
      const cookie = issuer.sessionCookie(id)
      const asObject = issuer.session({ user: { id: 'editor-1' } }).id
      const ended = issuer.session({ user: 'editor-1' }).id
      issuer.signOut(ended)
      const over = issuer.session({ user: 'editor-1', expiresInSeconds: 0 }).id
      const stranger = createExpressSessionIssuer().sessionCookie(id)
      await assertAnswers(context, [
        ['the newest secret', cookie, '200 app-editor-1'],
        ['the secret before it', older.sessionCookie(id), '200 app-editor-1'],
        ['not percent-encoded', decoded(cookie), '200 app-editor-1'],
        ['a user that is an object', issuer.sessionCookie(asObject), '200 app-editor-1'],
        ['signed out', issuer.sessionCookie(ended), '401 credential_revoked'],
        ['signed out, of the secret before', older.sessionCookie(ended), '401 credential_revoked'],
        ['dropped by the store', issuer.sessionCookie(over), '401 credential_revoked'],
      ])
      equal(store.calls, 7)
      await assertAnswers(context, [
        ['a secret that nobody knows', stranger, '401 credential_invalid'],
        ['tampered with', tamper(cookie), '401 credential_invalid'],
        ['without a signature', `connect.sid=s:${id}`, '401 credential_invalid'],
        ['the id alone', `connect.sid=${id}`, '401 credential_invalid'],
        ['a signature for no id', decoded(cookie).replace(id, ''), '401 credential_invalid'],
        ['a signature of another id', decoded(cookie).replace(id, asObject), '401 credential_invalid'],
        ['a signature with padding', `${decoded(cookie)}=`, '401 credential_invalid'],
        ['a name that objects have', 'connect.sid=__proto__', '401 credential_invalid'],
      ])
      equal(store.calls, 7)
    },
  },
  {
    name: 'takes a visitor with a session of express-session for one without any, and lets another cookie decide',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { issuer } = (context.old as OldSessions).express
      const visitors = [{}, { passport: {} }, { passport: { user: null } }, { passport: null, cart: [1] }]
      await assertVisitors(
        context,
        visitors.map((fields) => issuer.sessionCookie(issuer.session({ user: null, fields }).id)),
      )
    },
  },
  {
    name: 'never signs in with the token beside a session of express-session that was signed out',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { issuer } = (context.old as OldSessions).express
      const { id } = issuer.session({ user: 'editor-1' })
      const both = `legacy=${context.subject.token('editor-1')}; ${issuer.sessionCookie(id)}`
      await assertAnswers(context, [['both', both, '200 app-editor-1']])
      issuer.signOut(id)
      await assertAnswers(context, [['signed out of one', both, '401 credential_revoked']])
    },
  },
  {
    name: 'signs nobody in or out by what a store of express-session answers that is no session',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { issuer } = (context.old as OldSessions).express
      const { id } = issuer.session({ user: 'editor-1' })
      await assertNonsenseTellsNothing(context, issuer.sessionCookie(id), NONSENSE)
    },
  },
]
