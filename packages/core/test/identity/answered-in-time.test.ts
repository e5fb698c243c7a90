import { describe, expect, it, vi } from 'vitest'
import { betterAuth, createDualAuth, type AuthEvent, type DualAuthOptions } from '../../src/index.js'
import { answeredInTime } from '../../src/identity/answered-in-time.js'
import { createClock } from '../support/clock.js'
import { outcome, wrongOption } from '../support/outcome.js'
import { bearer } from '../support/requests.js'
import { found, SESSION_SECRET, sessionToken } from '../support/sessions.js'

const never = (): Promise<never> => new Promise(() => {})
const token = sessionToken('ada')

function authOf(options: Pick<DualAuthOptions, 'link' | 'account' | 'linkTimeoutMs'>) {
  const events: AuthEvent[] = []
  const auth = createDualAuth({
    verifiers: [betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions: () => found('ada') })],
    now: createClock().now,
    onEvent: (event) => void events.push(event),
    ...options,
  })
  return { auth, events }
}

describe('the accounts of an app whose database answers nothing', () => {
  it('are 503 in time', async () => {
    const { auth, events } = authOf({ link: never, linkTimeoutMs: 5 })
    expect(await outcome(auth, bearer(token))).toBe('503 account_unavailable')
    const cause = events.find((event) => event.type === 'unavailable')?.cause
    expect(String(cause)).toContain('createDualAuth.link: no answer within 5 ms')
  })

  it('leave a question about a permission unanswered in time', async () => {
    const { auth } = authOf({ account: never, linkTimeoutMs: 5 })
    await expect(auth.can({ user: 'ada' }, 'things:read')).rejects.toMatchObject({ code: 'account_unavailable' })
  })

  it.each([0, 60_001, '5'])('are waited for a time that is one, not %j', (linkTimeoutMs) => {
    expect(wrongOption(() => authOf({ linkTimeoutMs: linkTimeoutMs as number }))).toBe('createDualAuth.linkTimeoutMs')
  })
})

describe('an answer of link', () => {
  it('that is no promise takes no timer', () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    expect(answeredInTime((id: string) => ({ id }), 5, 'link')('ada')).toEqual({ id: 'ada' })
    expect(timers).not.toHaveBeenCalled()
    timers.mockRestore()
  })

  it('that is a query builder is run once', async () => {
    let runs = 0
    const then = (done: (value: { id: string }) => void) => (runs++, done({ id: 'ada' }))
    const builder = {}
    Reflect.set(builder, 'then', then)
    expect(await answeredInTime(() => builder as never, 5_000, 'link')(null)).toEqual({ id: 'ada' })
    expect(runs).toBe(1)
  })

  it('that is thrown stays what it is', async () => {
    const thrown = new Error('down')
    await expect(answeredInTime(() => Promise.reject(thrown), 5_000, 'link')(null)).rejects.toBe(thrown)
  })
})
