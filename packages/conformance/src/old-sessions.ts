import { deepEqual } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  authJs,
  expressSession,
  ironSession,
  sessions,
  type ExpressSessionStore,
  type FoundAuthJsSession,
  type Verifier,
} from '@dualauth/core'
import {
  createAuthJsIssuer,
  createExpressSessionIssuer,
  createSessionIssuer,
  seal,
  type AuthJsIssuer,
  type ExpressSessionIssuer,
  type SessionIssuer,
} from '@dualauth/testing'
import type { CaseContext } from './cases.js'

/** What the app asks about sessions: its stores, and whether it has ended one. */
export interface AskedAbout {
  state: 'up' | 'down' | 'hanging' | { readonly answering: unknown }
  /** How often it was asked. */
  calls: number
  /** Subjects whose sessions the app ended by itself. */
  readonly ended: Set<string>
}

/** Sessions that other systems made, and the verifiers that read them. */
export interface OldSessions {
  readonly verifiers: readonly Verifier[]
  readonly store: AskedAbout
  /** Auth.js 5, also with the secret before the last one, and NextAuth 4. */
  readonly authJs: { readonly five: AuthJsIssuer; readonly older: AuthJsIssuer; readonly four: AuthJsIssuer }
  /** Database sessions of Auth.js, by their token. */
  readonly rows: Map<string, FoundAuthJsSession>
  readonly stored: SessionIssuer
  /** The older one signs ids with the secret before the last one; the store is that of the issuer. */
  readonly express: { readonly issuer: ExpressSessionIssuer; readonly older: ExpressSessionIssuer }
  /** `iron=…`, of the newest password, or of the one before. */
  iron(session: object, more?: { readonly older?: true; readonly expiresAt?: number }): string
  /** One genuine `Cookie` field of that user for every verifier. */
  each(userId: string): readonly (readonly [verifier: string, cookie: string])[]
}

/** How long a store is waited for; one that is up answers at once. */
const TIMEOUT_MS = 40
const MONTH_MS = 2_592_000_000

/** @param rememberMs For how long what a store has found is remembered. */
export function createOldSessions(rememberMs: number): OldSessions {
  const store: AskedAbout = { state: 'up', calls: 0, ended: new Set() }
  const [five, older, four] = [createAuthJsIssuer(), createAuthJsIssuer(), createAuthJsIssuer({ version: 4 })]
  const stored = createSessionIssuer({ cookie: 'stored', prefix: 'session_' })
  const [issuer, olderExpress] = [createExpressSessionIssuer(), createExpressSessionIssuer()]
  const rows = new Map<string, FoundAuthJsSession>()
  const passwords = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')] as const
  const isRevoked = ({ subject }: { readonly subject: string }) => asked(store, () => store.ended.has(subject))
  const timed = { rememberMs, timeoutMs: TIMEOUT_MS }
  const iron: OldSessions['iron'] = (session, { older: isOlder, expiresAt = Date.now() + MONTH_MS } = {}) =>
    `iron=${seal(session, { password: passwords[isOlder === true ? 1 : 0], expiresAt })}`
  return {
    store,
    authJs: { five, older, four },
    rows,
    stored,
    express: { issuer, older: olderExpress },
    iron,
    verifiers: [
      authJs({ name: 'auth-js', secrets: [five.secret, older.secret], bearer: true, isRevoked }),
      authJs({ name: 'next-auth', secrets: [four.secret], version: 4 }),
      authJs({
        name: 'auth-js-rows',
        cookie: 'rows',
        sessions: (token) => asked(store, () => rows.get(token) ?? null),
        ...timed,
      }),
      sessions({
        name: 'stored',
        carriers: [{ cookie: stored.cookie }, 'bearer'],
        token: { prefix: 'session_' },
        storedAs: stored.storedAs,
        find: (key, demand) => asked(store, () => stored.find(key, demand)),
        ...timed,
      }),
      expressSession({
        name: 'express',
        secrets: [issuer.secret, olderExpress.secret],
        store: askedStore(store, issuer.store),
        ...timed,
      }),
      ironSession({ name: 'iron', passwords, cookie: 'iron', claims: { subject: 'userId' }, isRevoked }),
    ],
    each: (userId) => [
      ['auth-js', five.sessionCookie(five.token({ sub: userId }))],
      ['next-auth', four.sessionCookie(four.token({ sub: userId }))],
      ['auth-js-rows', `rows=${addRow(rows, userId)}`],
      ['stored', stored.sessionCookie(stored.session({ user: userId }).token)],
      ['express', issuer.sessionCookie(issuer.session({ user: userId }).id)],
      ['iron', iron({ userId })],
    ],
  }
}

/** A database session of Auth.js. */
export function addRow(rows: OldSessions['rows'], userId: string, expiresInMs: number = MONTH_MS): string {
  const token = randomBytes(32).toString('hex')
  rows.set(token, { session: { userId, expires: new Date(Date.now() + expiresInMs) }, user: { id: userId } })
  return token
}

/** Asks for `/me` with each credential, and compares the answers: the status, and the principal or the code. */
export async function assertAnswers(
  { call }: CaseContext,
  table: readonly (readonly [what: string, sent: string | Readonly<Record<string, string>>, answer: string])[],
  path = '/me',
): Promise<void> {
  const answers = []
  for (const [what, sent] of table) {
    const { status, json } = await call({ path, headers: typeof sent === 'string' ? { cookie: sent } : sent })
    const { id, code, anonymous } = json()
    answers.push([what, `${status} ${String(id ?? code ?? (anonymous === true ? 'anonymous' : 'nothing'))}`])
  }
  deepEqual(
    answers,
    table.map(([what, , answer]) => [what, answer]),
  )
}

function asked<T>(store: AskedAbout, answer: () => T | Promise<T>): T | Promise<T> {
  store.calls++
  if (store.state === 'down') throw new Error('the store is down')
  if (store.state === 'hanging') return new Promise(() => {})
  return typeof store.state === 'object' ? (store.state.answering as T) : answer()
}

function askedStore(store: AskedAbout, { get }: ExpressSessionStore): ExpressSessionStore {
  return {
    get(id, callback) {
      store.calls++
      if (store.state === 'down') return callback(new Error('the store is down'))
      if (store.state === 'hanging') return undefined
      return typeof store.state === 'object' ? callback(null, store.state.answering) : get(id, callback)
    },
  }
}
