import { randomBytes } from 'node:crypto'
import { seal, tamper } from '@dualauth/testing'
import type { Case } from '../cases.js'
import { assertAskedEachTime, assertVisitors } from '../old-session-checks.js'
import { assertAnswers, type OldSessions } from '../old-sessions.js'

const SESSION = { userId: 'editor-1' }

export const ironSessionCases: readonly Case[] = [
  {
    name: 'takes a session of iron-session by each password of its own, until it is over, and no other',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { iron } = context.old as OldSessions
      const mine = iron(SESSION)
      const expiresAt = Date.now() - 1
      const stranger = seal(SESSION, {
        password: randomBytes(32).toString('base64'),
        expiresAt: Date.now() + 60_000,
      })
      const parts = mine.split('*')
      const [theirs] = [iron({ userId: 'editor-2' }).split('*')]
      const spliced = (at: number): string => parts.with(at, theirs[at] ?? '').join('*')
      await assertAnswers(context, [
        ['the newest password', mine, '200 app-editor-1'],
        ['the password before it', iron(SESSION, { older: true }), '200 app-editor-1'],
        ['percent-encoded', `iron=${encodeURIComponent(mine.slice('iron='.length))}`, '200 app-editor-1'],
        ['over', iron(SESSION, { expiresAt }), '401 credential_expired'],
        ['over, of the password before', iron(SESSION, { older: true, expiresAt }), '401 credential_expired'],
        ['a password that nobody knows', `iron=${stranger}`, '401 credential_invalid'],
        ['tampered with', tamper(mine), '401 credential_invalid'],
        ['cut short', mine.slice(0, -20), '401 credential_invalid'],
        ['the text of another', spliced(4), '401 credential_invalid'],
        ['the signature of another', spliced(7), '401 credential_invalid'],
        ['an end that is later', parts.with(5, '9999999999999').join('*'), '401 credential_invalid'],
        ['without an end', parts.with(5, '').join('*'), '401 credential_invalid'],
        ['another version', mine.replace('Fe26.2', 'Fe26.1'), '401 credential_invalid'],
        ['no session', iron([SESSION]), '401 credential_invalid'],
        ['a user that is none', iron({ userId: { id: 'editor-1' } }), '401 credential_invalid'],
      ])
    },
  },
  {
    name: 'takes a visitor with an empty session of iron-session for one without any',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      const { iron } = context.old as OldSessions
      const sessions = [{}, { userId: null }, { cart: [1] }]
      await assertVisitors(
        context,
        sessions.map((session) => iron(session)),
      )
    },
  },
  {
    name: 'asks the app on every request whether it has ended a session of iron-session, also where that is remembered',
    app: 'standard',
    withOldSessions: {},
    async check(context) {
      await assertAskedEachTime(context, (context.old as OldSessions).iron(SESSION))
    },
  },
]
