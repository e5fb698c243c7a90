import { createLegacyIssuer } from '@dualauth/testing'
import { expect, it } from 'vitest'
import { AuthError, createDualAuth, legacyJwt, type AuthEvent } from '../../src/index.js'
import { legacyOptions } from '../support/legacy.js'

/** What a logger that writes JSON keeps of an outage of `link`. */
async function logged(thrown: unknown): Promise<Record<string, unknown>> {
  const issuer = createLegacyIssuer()
  const lines: string[] = []
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions({ secrets: [issuer.secret], purpose: 'only-access-tokens' }))],
    link: () => {
      throw thrown
    },
    onEvent: (event: AuthEvent) => lines.push(JSON.stringify(event)),
  })
  const headers = { authorization: `Bearer ${await issuer.sign({ userId: 'ada' })}` }
  const result = await auth.authenticate({ method: 'GET', headers })
  expect(result.ok ? null : [result.error.code, result.error.status]).toEqual(['account_unavailable', 503])
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  return events.find(({ type }) => type === 'unavailable') as Record<string, unknown>
}

it('an event that was written as JSON still says what was thrown, and what that came of', async () => {
  const socket = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  const { error } = await logged(new TypeError('fetch failed', { cause: socket }))
  expect(error).toEqual({
    name: 'TypeError',
    code: 'ECONNREFUSED',
    message: 'fetch failed: connect ECONNREFUSED 127.0.0.1:5432',
  })
})

it('an event names the code where the message is empty, as errors of a network have it', async () => {
  const refused = new AggregateError([new Error('one'), new Error('two')])
  const { error } = await logged(Object.assign(refused, { code: 'ECONNREFUSED' }))
  expect(error).toEqual({ name: 'AggregateError', code: 'ECONNREFUSED', message: 'ECONNREFUSED' })
})

it.each([
  ['an e-mail address', 'no row for ada@example.com in accounts', 'no row for … in accounts'],
  ['a password in a URL', 'cannot reach postgres://app:hunter2@db:5432/app', 'cannot reach …'],
  [
    'what stands after a "?"',
    'GET https://idp.example.com/token?key=abc failed',
    'GET https://idp.example.com/token?… failed',
  ],
  ['what looks like a token', `no session ${'aB3-_'.repeat(8)}.${'x9'.repeat(20)}`, 'no session …'],
  [
    'a password in a connection string',
    'bad: host=db user=app password=hunter2 ssl=1',
    'bad: host=db user=app password=… ssl=1',
  ],
  ['a quoted one', 'bad: Server=db;Pwd="hunter 2";Encrypt=true', 'bad: Server=db;Pwd=…;Encrypt=true'],
  ['what an ORM writes below', 'Failed query: select 1\nparams: ada, hunter2', 'Failed query: select 1'],
])('an event keeps no more than its outline of a message with %s', async (_name, message, kept) => {
  const { error } = await logged(new Error(message))
  expect(error).toEqual({ name: 'Error', code: null, message: kept })
})

it('an event says an error of ours as it stands, which holds no secret', async () => {
  const { error } = await logged(new AuthError('store_unavailable', { message: 'the store is away,\nsince noon' }))
  expect(error).toEqual({ name: 'AuthError', code: 'store_unavailable', message: 'the store is away,\nsince noon' })
})

it('an event whose cause cannot be read is emitted all the same', async () => {
  const hostile = Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('no')
    },
  })
  const { type, error } = await logged(hostile)
  expect([type, error]).toEqual(['unavailable', { name: 'Error', code: null, message: '' }])
})

it('an event has no error where nothing was thrown but a value, which JSON keeps', async () => {
  const event = await logged('the database is away')
  expect([event['cause'], 'error' in event]).toEqual(['the database is away', false])
})
