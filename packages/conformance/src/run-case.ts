import type { ThrottleOptions } from '@dualauth/core'
import type { AdapterUnderTest } from './adapter-under-test.js'
import type { Case } from './cases.js'
import { send, type Call } from './http-client.js'
import { startOidc } from './oidc.js'
import { createOldSessions } from './old-sessions.js'
import { createSubject } from './subject.js'
import { createMountedWeb } from './web-handler.js'
import { startWorkos } from './workos.js'

/** Three failures of an address, or two with one credential, are the last that are looked up. */
const SMALL_LIMITS: ThrottleOptions = { address: { header: 'x-forwarded-for' }, perAddress: 3, perCredential: 2 }

/** Runs one case against a fresh app. Throws when the promise is broken, or when a rejection went unhandled. */
export async function runCase(adapter: AdapterUnderTest, one: Case): Promise<void> {
  const workos = one.withWorkos === true ? await startWorkos() : null
  const oidc = one.withOidc === true ? await startOidc() : null
  const old = one.withOldSessions === undefined ? null : createOldSessions(one.withOldSessions.rememberMs ?? 0)
  const more = [workos, oidc].flatMap((provider) => (provider === null ? [] : [provider.verifier]))
  const subject = await createSubject(
    [...more, ...(old?.verifiers ?? [])],
    one.withMigration === true,
    one.withThrottle === true ? SMALL_LIMITS : undefined,
  )
  let handled = 0
  const unhandled: unknown[] = []
  const watch = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', watch)
  const { auth, other } = subject
  const web = createMountedWeb(auth)
  const parts = {
    auth,
    other,
    allows: (principal: { id: string }, path: string) => principal.id === 'app-editor-1' && path === '/callback',
    handled: () => void handled++,
    web: web.handler,
  }
  let running
  try {
    running = await adapter.serve(one.app, parts)
  } catch (error) {
    process.off('unhandledRejection', watch)
    // A mistake that already stops the app at boot is caught even earlier than promised.
    if (one.app === 'unmounted' || one.app === 'uncalled') return
    throw error
  }
  const { origin } = running
  try {
    const differences = adapter.differences ?? {}
    const call = (asked: Call) => send(origin, asked)
    await one.check({ subject, origin, differences, workos, oidc, old, call, web, handled: () => handled })
    await new Promise((resolve) => setImmediate(resolve))
    if (unhandled.length > 0) throw new Error('a rejection went unhandled', { cause: unhandled[0] })
  } finally {
    process.off('unhandledRejection', watch)
    await running.close()
    await workos?.close()
    await oidc?.close()
  }
}
