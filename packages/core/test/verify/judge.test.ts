import { describe, expect, it } from 'vitest'
import { present } from '../../src/route/shape.js'
import type { Demand, OpenVerifier, Verification } from '../../src/route/verifier.js'
import { apiKeyCarriage, apiKeyHeader } from '../../src/verify/api-key-carriage.js'
import { judge } from '../../src/verify/judge.js'
import { wrongOption } from '../support/outcome.js'
import { identity } from '../support/verifiers.js'

const DEMAND: Demand = { fresh: false, refresh: true }
const credential = present({ carrier: 'bearer', name: 'authorization', value: 'a-secret-of-some-length' })
const answering = (answer: () => Verification | Promise<Verification>, asked: unknown[] = []): OpenVerifier => ({
  verify: (...given) => {
    asked.push(given)
    return answer()
  },
  ready: async () => {},
  close: () => {},
})
const accepted: Verification = { outcome: 'accepted', identity: identity('ada') }
const notMine: Verification = { outcome: 'not-mine' }

describe('a chain of verifiers', () => {
  it('is asked in its order until one knows the credential', async () => {
    const asked: unknown[] = []
    const verifiers = [
      answering(() => accepted),
      answering(() => notMine, asked),
      answering(async () => accepted, asked),
    ]
    expect(await judge(credential, [1, 2, 0], verifiers, DEMAND)).toEqual({ owner: 2, verification: accepted })
    expect(asked).toEqual([
      [credential, DEMAND],
      [credential, DEMAND],
    ])
  })

  it('refuses what none of it knows, by its last', async () => {
    const verifiers = [answering(() => notMine), answering(async () => notMine)]
    expect(await judge(credential, [0, 1], verifiers, DEMAND)).toEqual({
      owner: 1,
      verification: { outcome: 'rejected', code: 'credential_invalid', reason: 'unknown_key' },
    })
  })

  it.each<[string, Verification]>([
    ['accepts', accepted],
    ['refuses', { outcome: 'rejected', code: 'credential_expired', reason: 'expired' }],
  ])('ends with the first that %s it', async (_, verification) => {
    const asked: unknown[] = []
    const verifiers = [answering(() => verification), answering(() => accepted, asked)]
    expect(await judge(credential, [0, 1], verifiers, DEMAND)).toEqual({ owner: 0, verification })
    expect(asked).toEqual([])
  })

  it.each<[string, () => Verification | Promise<Verification>]>([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['says so', () => ({ outcome: 'unavailable', cause: new Error('down') })],
  ])('cannot tell where one of it %s, and asks no other', async (_, answer) => {
    const asked: unknown[] = []
    const verifiers = [answering(answer), answering(() => accepted, asked)]
    expect(await judge(credential, [0, 1], verifiers, DEMAND)).toMatchObject({
      owner: 0,
      verification: { outcome: 'unavailable', cause: { message: 'down' } },
    })
    expect(asked).toEqual([])
  })

  it('keeps the time to wait, and never the credential in the cause', async () => {
    const cause = new Error(`no row for ${credential.value}`)
    const verifiers = [answering(() => ({ outcome: 'unavailable', cause, retryAfterSeconds: 7 }))]
    const { verification } = await judge(credential, [0], verifiers, DEMAND)
    expect(verification).toMatchObject({ outcome: 'unavailable', retryAfterSeconds: 7 })
    expect(String((verification as { cause: Error }).cause)).not.toContain(credential.value)
  })
})

describe('a chain that may pass over one that cannot tell', () => {
  const down = answering(() => ({ outcome: 'unavailable', cause: new Error('down') }))
  const mayPass = (...owners: number[]) => [
    (owner: number) => owners.includes(owner),
    async (owner: number) => owners.includes(owner),
  ]

  it('ends with the one that accepts, and names those that were passed over', async () => {
    const verifiers = [down, answering(() => notMine), down, answering(() => accepted)]
    for (const may of mayPass(0, 2)) {
      const { passed, ...judgement } = await judge(credential, [0, 1, 2, 3], verifiers, DEMAND, may)
      expect(judgement).toEqual({ owner: 3, verification: accepted })
      expect(passed).toMatchObject([
        { owner: 0, verification: { outcome: 'unavailable' } },
        { owner: 2, verification: { outcome: 'unavailable' } },
      ])
    }
  })

  it.each<[string, () => Verification]>([
    ['refuses it', () => ({ outcome: 'rejected', code: 'credential_revoked', reason: 'revoked' })],
    ['does not know it', () => notMine],
    ['cannot tell either', () => ({ outcome: 'unavailable', cause: new Error('down, too') })],
  ])('cannot tell where the other %s', async (_, answer) => {
    for (const may of mayPass(0))
      expect(await judge(credential, [0, 1], [down, answering(answer)], DEMAND, may)).toMatchObject({
        owner: 0,
        verification: { outcome: 'unavailable', cause: { message: 'down' } },
      })
  })

  it('asks no other after one that may not be passed over', async () => {
    const asked: unknown[] = []
    const verifiers = [down, down, answering(() => accepted, asked)]
    for (const may of mayPass(0))
      expect(await judge(credential, [0, 1, 2], verifiers, DEMAND, may)).toMatchObject({ owner: 0 })
    expect(asked).toEqual([])
  })

  it('loses no cookie of a session that was refreshed on the way', async () => {
    const cookie = (name: string) => ({ name, field: `${name}=next`, endSession: () => {} })
    const verifiers = [
      answering(() => ({ outcome: 'unavailable', cause: new Error('down'), cookies: [cookie('one')] })),
      answering(() => ({ ...accepted, cookies: [cookie('two')] })),
    ]
    const { verification } = await judge(credential, [0, 1], verifiers, DEMAND, () => true)
    expect(verification.cookies?.map(({ name }) => name)).toEqual(['one', 'two'])
  })
})

describe('where API keys travel', () => {
  it.each([
    [
      { header: 'X-Api-Key', bearer: true },
      { bearer: true, headers: ['x-api-key'], cookies: [] },
    ],
    [
      { header: 'x-other', bearer: false },
      { bearer: false, headers: ['x-other'], cookies: [] },
    ],
    [
      { header: false, bearer: true },
      { bearer: true, headers: [], cookies: [] },
    ],
  ] as const)('%j is %j', (options, carriage) => {
    expect(apiKeyCarriage(options, 'apiKeys(v)')).toStrictEqual(carriage)
  })

  it.each([
    { header: false, bearer: false },
    { header: 'Authorization', bearer: true },
    { header: 'cookie', bearer: true },
  ] as const)('is refused for %j', (options) => {
    expect(wrongOption(() => apiKeyCarriage(options, 'apiKeys(v)'))).toBe('apiKeys(v).header')
  })

  it('is the header x-api-key by default, the name of a header, or none', () => {
    expect(apiKeyHeader.parse(undefined)).toBe('x-api-key')
    for (const good of [false, 'x']) expect(apiKeyHeader.parse(good)).toBe(good)
    for (const bad of [true, '', 'a b', 7]) expect(apiKeyHeader.safeParse(bad).success).toBe(false)
  })
})
