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
/** As a client of Prisma 7 does, whose adapter said this. */
const prismaRejects = (payload: object): Promise<never> =>
  Promise.reject(
    Object.assign(new Error('Invalid `prisma.$queryRawUnsafe()` invocation:'), {
      code: 'P2010',
      meta: { driverAdapterError: Object.assign(new Error('DriverAdapterError'), { cause: payload }) },
    }),
  )
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
  'Prisma, whose adapter for MariaDB quotes the row': () =>
    prismaRejects({ state: '45000', message: `"${SECRET}" is taken` }),
  'Prisma, whose adapter leaves the message of its driver': () =>
    prismaRejects({
      originalCode: '1062',
      originalMessage: `Duplicate entry '${SECRET}'`,
      kind: 'UniqueConstraintViolation',
    }),
  'an error whose members throw': (_, params) =>
    Promise.reject(
      Object.defineProperty(new Error('lost'), 'originalCode', {
        get: () => {
          throw new Error(String(params[0]))
        },
      }),
    ),
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

describe('what a client of Prisma 7 rejects with', () => {
  const said = (payload: object) =>
    discreetQuery(() => prismaRejects(payload))('select $1', [SECRET]).catch((error: unknown) => error)

  it.each<[string, object, string, string]>([
    [
      'the code of PostgreSQL and the name of a constraint',
      {
        originalCode: '23505',
        originalMessage: 'duplicate key',
        constraint: { index: 'user_email_key' },
        table: 'user',
      },
      '23505',
      'the database refused or did not answer (23505, user_email_key, user)',
    ],
    [
      'the words of PostgreSQL where they hold no value',
      { originalCode: '42P01', originalMessage: 'relation "session" does not exist', kind: 'TableDoesNotExist' },
      '42P01',
      'relation "session" does not exist (42P01)',
    ],
    [
      'the kind of an outage, and the code of Prisma',
      { kind: 'DatabaseNotReachable', host: '10.0.0.7', port: 5432 },
      'P2010',
      'the database refused or did not answer (P2010, DatabaseNotReachable)',
    ],
  ])('says %s', async (_, payload, code, message) => {
    expect(await said(payload)).toMatchObject({ code, message })
  })

  it('is read through what wraps it', async () => {
    const wrapping: Query = () =>
      prismaRejects({ originalCode: '22P02', originalMessage: 'invalid input syntax: "bob@y.test"' }).catch(
        (cause: unknown) => {
          throw new Error('outer', { cause: new Error('inner', { cause }) })
        },
      )
    const error: unknown = await discreetQuery(wrapping)('select 1', []).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: '22P02', message: 'the database refused or did not answer (22P02)' })
  })
})
