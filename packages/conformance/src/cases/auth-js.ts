import { equal } from 'node:assert/strict'
import { createAuthJsIssuer, tamper } from '@dualauth/testing'
import type { Case } from '../cases.js'
import { assertAskedEachTime } from '../old-session-checks.js'
import { addRow, assertAnswers, type OldSessions } from '../old-sessions.js'

const EDITOR = { sub: 'editor-1' }
const OVER = { expiresInSeconds: -60 }
/** More than a browser keeps in one cookie, and less than a request may bring. */
const NOTES = { ...EDITOR, notes: 'x'.repeat(4_000) }

export const authJsCases: readonly Case[] = [
  {
    name: 'takes sessions of Auth.js by each secret of its own, until they are over, and no others',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { authJs, rows } = context.old as OldSessions
      const { five, older, four } = authJs
      const [token, stranger] = [five.token(EDITOR), createAuthJsIssuer()]
      // A session is worth nothing in the cookie of another name.
      const renamed = createAuthJsIssuer({ secret: five.secret, cookie: 'authjs.csrf-token' })
      const secure = createAuthJsIssuer({ secret: five.secret, secure: true })
      const gone = addRow(rows, 'editor-1')
      rows.delete(gone)
      const expires = new Date(Date.now() + 60_000)
      rows.set('userless', { session: { userId: 'editor-1', expires }, user: null })
      await assertAnswers(context, [
        ['the newest secret', five.sessionCookie(token), '200 app-editor-1'],
        ['the secret before it', five.sessionCookie(older.token(EDITOR)), '200 app-editor-1'],
        ['the cookie of https', secure.sessionCookie(secure.token(EDITOR)), '200 app-editor-1'],
        ['a bearer', { authorization: `Bearer ${older.token(EDITOR)}` }, '200 app-editor-1'],
        ['a secret that nobody knows', stranger.sessionCookie(stranger.token(EDITOR)), '401 credential_invalid'],
        ['the name of another cookie', five.sessionCookie(renamed.token(EDITOR)), '401 credential_invalid'],
        ['the other version', five.sessionCookie(four.token(EDITOR)), '401 credential_invalid'],
        ['tampered with', five.sessionCookie(tamper(token)), '401 credential_invalid'],
        ['over', five.sessionCookie(five.token(EDITOR, OVER)), '401 credential_expired'],
        ['over, of the secret before', five.sessionCookie(older.token(EDITOR, OVER)), '401 credential_expired'],
        ['over, of version 4', four.sessionCookie(four.token(EDITOR, OVER)), '401 credential_expired'],
        ['a bearer of version 4', { authorization: `Bearer ${four.token(EDITOR)}` }, '401 credential_unsupported'],
        ['a row that is over', `rows=${addRow(rows, 'editor-1', -1)}`, '401 credential_expired'],
        ['a row that is gone', `rows=${gone}`, '401 credential_revoked'],
        ['a row without its user', 'rows=userless', '401 credential_revoked'],
        ['what is no token', `rows=${'%00'.repeat(8)}`, '401 credential_invalid'],
      ])
    },
  },
  {
    name: 'reads a session of Auth.js in chunks in whatever order they come, and none of which one is missing, doubled or of another',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { five, four } = (context.old as OldSessions).authJs
      for (const issuer of [five, four]) {
        const { cookie: name, sessionCookie, token } = issuer
        const [one = '', two = '', ...more] = sessionCookie(token(NOTES)).split('; ')
        equal(more.length, 0)
        const [, otherTwo = ''] = sessionCookie(token({ ...NOTES, sub: 'editor-2' })).split('; ')
        const value = (chunk: string): string => chunk.slice(chunk.indexOf('=') + 1)
        const short = sessionCookie(token(EDITOR))
        await assertAnswers(context, [
          ['in order', `${one}; ${two}`, '200 app-editor-1'],
          ['out of order', `${two}; a=b; ${one}`, '200 app-editor-1'],
          ['each twice the same', `${one}; ${two}; ${two}; ${one}`, '200 app-editor-1'],
          ['beside one of the number after next', `${one}; ${two}; ${name}.3=x`, '200 app-editor-1'],
          ['beside a whole one, which counts', `${one}; ${otherTwo}; ${short}`, '200 app-editor-1'],
          ['numbers exchanged', `${name}.0=${value(two)}; ${name}.1=${value(one)}`, '401 credential_invalid'],
          ['the second missing', one, '401 credential_invalid'],
          ['the first missing', two, '401 credential_missing'],
          ['the second of another session', `${one}; ${otherTwo}`, '401 credential_invalid'],
          ['the second twice, and not the same', `${one}; ${two}; ${otherTwo}`, '401 credential_missing'],
          ['a third that is none', `${one}; ${two}; ${name}.2=x`, '401 credential_invalid'],
          ['numbered in another way', `${name}.00=${value(one)}; ${name}.01=${value(two)}`, '401 credential_missing'],
        ])
      }
      const large = five.sessionCookie(five.token({ ...EDITOR, notes: 'x'.repeat(9_000) }))
      await assertAnswers(context, [['more than a request may bring', large, '431 credential_too_large']])
    },
  },
  {
    name: 'asks the app on every request whether it has ended a session of Auth.js, also where that is remembered',
    app: 'session',
    withOldSessions: {},
    async check(context) {
      const { five } = (context.old as OldSessions).authJs
      await assertAskedEachTime(context, five.sessionCookie(five.token(EDITOR)))
    },
  },
]
