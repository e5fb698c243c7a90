import { AuthError } from '@dualauth/core'
import { expect, it } from 'vitest'
import { onLegacyLogin, type LegacyLoginOptions, type PasswordPushEvent } from '../../src/index.js'

const login = { userId: 'u-1', password: 'correct horse' }
const heard = (options: LegacyLoginOptions) => {
  const events: PasswordPushEvent[] = []
  return { push: onLegacyLogin({ ...options, onEvent: (event) => void events.push(event) }), events }
}

it('never rejects and never throws, whatever the new side does', async () => {
  const failures = [
    () => Promise.reject(new Error('correct horse')),
    (): never => {
      throw new Error('correct horse')
    },
    () => Promise.reject(new AuthError('store_unavailable')),
  ]
  for (const to of failures) {
    const { push, events } = heard({ to })
    expect(await push(login)).toBe('failed')
    expect(events).toMatchObject([
      { outcome: 'failed', code: expect.stringMatching(/^push_failed|store_unavailable$/) },
    ])
    expect(JSON.stringify(events)).not.toMatch(/horse|u-1/)
  }
  const { push } = heard({ to: async () => 'set' })
  expect(await push({ userId: 'u-1' } as never)).toBe('failed')
  expect(await push(null as never)).toBe('failed')
})

it('does nothing before the old login goes on', async () => {
  let begun = false
  const push = onLegacyLogin({
    async to() {
      begun = true
      return 'set'
    },
  })
  const pushed = push(login)
  await Promise.resolve()
  expect(begun).toBe(false)
  await pushed
  expect(begun).toBe(true)
})

it('gives a push up that takes too long, and tells it so', async () => {
  let aborted = false
  const { push, events } = heard({
    timeoutMs: 20,
    to: (_login, signal) => new Promise(() => signal.addEventListener('abort', () => (aborted = true), { once: true })),
  })
  expect(await push(login)).toBe('failed')
  expect({ aborted, events }).toMatchObject({ aborted: true, events: [{ code: 'timeout' }] })
})

it('drops what is too much, and takes it again later', async () => {
  let end = (): void => {}
  const ended = new Promise<void>((resolve) => (end = resolve))
  const { push, events } = heard({ maxInFlight: 1, to: () => ended.then(() => 'set' as const) })
  const first = push(login)
  expect(await push({ ...login, userId: 'u-2' })).toBe('dropped')
  end()
  expect(await first).toBe('set')
  expect(await push({ ...login, userId: 'u-2' })).toBe('set')
  expect(events.map(({ outcome }) => outcome)).toEqual(['dropped', 'set', 'set'])
})

it.each<[string, () => void]>([
  [
    'throws',
    () => {
      throw new Error('a listener')
    },
  ],
  // Nobody would hear of it, and the process would end.
  ['rejects', (): never => Promise.reject(new Error('a listener')) as never],
])('is not spoilt by a listener that %s', async (_name, onEvent) => {
  expect(await onLegacyLogin({ to: async () => 'set', onEvent })(login)).toBe('set')
})

it('hands no password over of which the old side has looked at a part', async () => {
  const { push, events } = heard({ to: async () => 'set' })
  expect(await push({ ...login, password: 'ü'.repeat(36) })).toBe('set')
  expect(await push({ ...login, password: `${'ü'.repeat(36)}x` })).toBe('failed')
  expect(events[1]).toMatchObject({ outcome: 'failed', code: 'password_truncated' })
  const all = heard({ to: async () => 'set', checkedBytes: 4_096 })
  expect(await all.push({ ...login, password: 'x'.repeat(4_096) })).toBe('set')
})

it.each<[object, string]>([
  [{}, 'to'],
  [{ to: async () => 'set', timeoutMs: 0 }, 'timeoutMs'],
  [{ to: async () => 'set', maxInFlight: 'many' }, 'maxInFlight'],
])('says what is wrong with %j', (options, named) => {
  expect(() => onLegacyLogin(options as never)).toThrow(`onLegacyLogin.${named}`)
})
