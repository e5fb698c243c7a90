import { equal } from 'node:assert/strict'
import type { CaseContext } from './cases.js'
import { assertAnswers, type OldSessions } from './old-sessions.js'

/** That sessions of nobody count for nothing: another cookie decides, and a public page has an anonymous caller. */
export async function assertVisitors(context: CaseContext, cookies: readonly string[]): Promise<void> {
  const legacy = `legacy=${context.subject.token('editor-2')}`
  for (const cookie of cookies) {
    await assertAnswers(context, [
      ['alone', cookie, '401 credential_missing'],
      ['beside a token', `${cookie}; ${legacy}`, '200 app-editor-2'],
    ])
    await assertAnswers(context, [['on a public page', cookie, '200 anonymous']], '/optional')
  }
}

/** That the app is asked on every request whether it has ended the session of `editor-1`. */
export async function assertAskedEachTime(context: CaseContext, cookie: string): Promise<void> {
  const { store } = context.old as OldSessions
  await assertAnswers(context, [['before', cookie, '200 app-editor-1']])
  store.ended.add('editor-1')
  await assertAnswers(context, [['ended', cookie, '401 credential_revoked']])
  store.ended.clear()
  store.state = 'down'
  await assertAnswers(context, [['nobody can tell', cookie, '503 verifier_unavailable']])
  store.state = 'up'
  await assertAnswers(context, [['after', cookie, '200 app-editor-1']])
  equal(store.calls, 4)
}

/** That a store's answer that is no session is an outage, for as long as it answers so. */
export async function assertNonsenseTellsNothing(
  context: CaseContext,
  cookie: string,
  nonsense: readonly unknown[],
): Promise<void> {
  const { store } = context.old as OldSessions
  for (const answering of nonsense) {
    store.state = { answering }
    await assertAnswers(context, [[JSON.stringify(answering), cookie, '503 verifier_unavailable']])
  }
  store.state = 'up'
  await assertAnswers(context, [['a session', cookie, '200 app-editor-1']])
}
