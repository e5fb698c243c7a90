import { startFakeWorkos, type FakeWorkos } from '@dualauth/testing'
import { WorkOS } from '@workos-inc/node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { onLegacyLogin, workosPasswords, type PasswordPushEvent } from '../../src/index.js'

let fake: FakeWorkos
let sent: string[]
let events: PasswordPushEvent[]
beforeEach(async () => {
  fake = await startFakeWorkos()
  sent = []
  events = []
})
afterEach(() => fake.close())

const users = () => {
  const { hostname, port } = new URL(fake.origin)
  const workos = new WorkOS(fake.apiKey, {
    apiHostname: hostname,
    https: false,
    port: Number(port),
    fetchFn: async (input, init) => {
      if (init?.method === 'PUT') sent.push(String(init.body))
      return fetch(input, init)
    },
  })
  return workos.userManagement
}
const hook = (find?: (id: string) => string | null) =>
  onLegacyLogin({
    to: workosPasswords({ users: users(), ...(find !== undefined && { find }) }),
    onEvent: (event) => void events.push(event),
  })
const person = (fields: Readonly<Record<string, unknown>> = {}) =>
  fake.directory.create('user', { email: 'ada@example.com', external_id: 'u-1', metadata: { plan: 'pro' }, ...fields })
const login = { userId: 'u-1', password: 'correct horse' }

it('sets the password of the user with this external id once, and keeps what else is noted there', async () => {
  const { id } = person()
  const push = hook()
  expect(await Promise.all([push(login), push(login), push(login)])).toEqual(['set', 'set', 'set'])
  expect(await push({ ...login, password: 'a later one' })).toBe('kept')
  expect(sent.map((body) => JSON.parse(body) as unknown)).toEqual([
    { password: 'correct horse', metadata: { plan: 'pro', dualauth_password_set: expect.any(String) as string } },
  ])
  expect(events).toEqual([
    { type: 'password_push', outcome: 'set', code: null },
    { type: 'password_push', outcome: 'kept', code: null },
  ])
  expect((await users().getUser(String(id))).metadata['plan']).toBe('pro')
})

it('writes once where several logins of one person come at one moment, by whichever hook', async () => {
  person()
  const to = workosPasswords({ users: users() })
  const hooks = [onLegacyLogin({ to }), onLegacyLogin({ to }), onLegacyLogin({ to })]
  const outcomes = await Promise.all(hooks.map((push, at) => push({ ...login, password: `correct horse ${at}` })))
  expect(outcomes).toEqual(['set', 'kept', 'kept'])
  expect(sent.map((body) => (JSON.parse(body) as { password: string }).password)).toEqual(['correct horse 0'])
})

it('leaves whoever has signed in there alone', async () => {
  person({ last_sign_in_at: '2026-01-01T00:00:00.000Z' })
  expect(await hook()(login)).toBe('kept')
  expect(sent).toEqual([])
})

it('finds people by their link, and nobody else by an address', async () => {
  const { id } = person({ external_id: null })
  expect(await hook()(login)).toBe('absent')
  expect(await hook(() => null)(login)).toBe('absent')
  expect(await hook(() => String(id))(login)).toBe('set')
})

it('says that WorkOS could not be asked, and nothing of whom', async () => {
  person()
  const push = hook()
  await fake.close()
  expect(await push(login)).toBe('failed')
  expect(events).toEqual([{ type: 'password_push', outcome: 'failed', code: 'push_failed' }])
})
