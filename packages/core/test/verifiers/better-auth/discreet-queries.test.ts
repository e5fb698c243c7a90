import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  betterAuthApiKeys,
  createDualAuth,
  discreetQuery,
  sqlMembers,
  sqlSessions,
  sqlUsers,
  type AuthEvent,
  type Query,
} from '../../../src/index.js'

const SECRET = 'parameter-0815-of-a-person'
/** As node-postgres, and as what wraps it, reject. */
const FAILURES: Record<string, Query> = {
  'a driver that quotes the row': () =>
    Promise.reject(
      Object.assign(new Error(`invalid input syntax: "${SECRET}"`), {
        code: '22P02',
        detail: `Key (token)=(${SECRET})`,
      }),
    ),
  'a wrapper that lists parameters': (sql, params) =>
    Promise.reject(
      Object.assign(new Error(`Failed query: ${sql}\nparams: ${params.join(',')}`, { cause: new Error('lost') }), {
        query: sql,
        params,
      }),
    ),
  'a driver that throws at once': (_, params) => {
    throw Object.assign(new Error('lost'), { parameters: params })
  },
  'a driver without an error': (_, params) => Promise.reject(params as never),
}
const printed = (value: unknown): string => inspect(value, { depth: 20, showHidden: true })

describe.each(Object.entries(FAILURES))('%s', (_, query) => {
  it.each<[string, () => Promise<unknown>]>([
    ['sqlSessions', () => Promise.resolve(sqlSessions(query).find(SECRET, {} as never))],
    ['sqlSessions that extends', () => Promise.resolve(sqlSessions(query).extend(SECRET, SECRET, 2, 1))],
    ['sqlUsers', () => sqlUsers(query)(SECRET)],
    ['sqlMembers', () => Promise.resolve(sqlMembers(query)(SECRET, SECRET))],
    ['discreetQuery', () => discreetQuery(query)('select $1', [SECRET])],
  ])('%s says nothing of its parameters', async (_name, ask) => {
    const error = await ask().then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(Error)
    expect(printed(error)).not.toContain('0815')
  })

  it('reaches no event and no refusal of a request', async () => {
    const events: AuthEvent[] = []
    const seen: string[] = []
    const noting: Query = (sql, params) => {
      seen.push(...params.filter((value) => typeof value === 'string'))
      return query(sql, params)
    }
    const auth = createDualAuth({
      verifiers: [betterAuthApiKeys({ name: 'keys', query: noting, prefix: 'key_' })],
      link: ({ subject }) => ({ id: subject }),
      onEvent: (event) => events.push(event),
    })
    const result = await auth.authenticate({ method: 'GET', headers: { 'x-api-key': `key_${'aB'.repeat(32)}` } })
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable', status: 503 } })
    expect(seen.length).toBeGreaterThan(0)
    for (const parameter of seen) expect(printed([result, events])).not.toContain(parameter)
  })
})
