import { expect, it } from 'vitest'
import { createDualAuth, type OpenVerifier } from '../../src/index.js'
import { legacyAuth } from '../support/legacy.js'
import { bearer } from '../support/requests.js'
import { mint } from '../support/tokens.js'
import { identity, verifierOf } from '../support/verifiers.js'

const AUTHENTICATED = { kind: 'authenticated' } as const
const exchange = (token: string, memo = {}) => ({ request: bearer(token), native: null, memo, keep: () => {} })

it('a guard lets nobody in whom another instance has authenticated', async () => {
  const [one, other] = [legacyAuth(), legacyAuth()]
  const memo = {}
  const token = mint()
  expect((await one.guard(exchange(token, memo), AUTHENTICATED)).kind).toBe('pass')
  expect((await other.guard(exchange(token, memo), AUTHENTICATED)).kind).toBe('refuse')
})

it('a guard lets nobody in whom another instance has authenticated since', async () => {
  const [one, other] = [legacyAuth(), legacyAuth()]
  const memo = {}
  const token = mint()
  expect((await one.guard(exchange(token, memo), AUTHENTICATED)).kind).toBe('pass')
  expect((await other.guard(exchange(token, memo), { kind: 'authenticated', fresh: true })).kind).toBe('pass')
  expect((await one.guard(exchange(token, memo), AUTHENTICATED)).kind).toBe('refuse')
})

it('several guards are one use of a credential, and one fresh look', async () => {
  const asked: unknown[] = []
  const verifier = verifierOf((_credential, { fresh, counted = false }) => {
    asked.push({ fresh, counted })
    return { outcome: 'accepted', identity: identity('u') }
  })
  const auth = createDualAuth({ verifiers: [verifier] })
  const memo = {}
  const fresh = { kind: 'authenticated', fresh: true } as const
  for (const requirement of [AUTHENTICATED, fresh, fresh, AUTHENTICATED])
    expect((await auth.guard(exchange('k_1', memo), requirement)).kind).toBe('pass')
  expect(asked).toEqual([
    { fresh: false, counted: false },
    { fresh: true, counted: true },
  ])
})

it('a use that was refused counts as none: a fresh guard behind it judges the limits', async () => {
  const asked: unknown[] = []
  const verifier = verifierOf((_credential, { counted = false }) => {
    asked.push(counted)
    return { outcome: 'rejected', code: 'rate_limited', reason: 'rate_limited' }
  })
  const auth = createDualAuth({ verifiers: [verifier] })
  const memo = {}
  const optional = { kind: 'optional', onInvalid: 'anonymous' } as const
  expect((await auth.guard(exchange('k_1', memo), optional)).kind).toBe('pass')
  expect((await auth.guard(exchange('k_1', memo), { kind: 'authenticated', fresh: true })).kind).toBe('refuse')
  expect(asked).toEqual([false, false])
})

it('a verifier that writes into what it is asked changes nothing for others', async () => {
  const asked: unknown[] = []
  const verifier = verifierOf((_credential, demand) => {
    asked.push(demand.refresh)
    Reflect.set(demand, 'refresh', false)
    return { outcome: 'accepted', identity: identity('u') }
  })
  for (const auth of [createDualAuth({ verifiers: [verifier] }), createDualAuth({ verifiers: [verifier] })])
    await auth.guard(exchange('k_1'), AUTHENTICATED)
  expect(asked).toEqual([true, true])
})

it.each([
  [
    'has a setter that throws',
    {
      get: () => 10,
      set: () => {
        throw new Error('locked')
      },
    },
  ],
  ['is not there', null],
])('a refusal stays a refusal where Error.stackTraceLimit %s', async (_where, descriptor) => {
  const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor
  delete (Error as { stackTraceLimit?: number }).stackTraceLimit
  if (descriptor !== null) Object.defineProperty(Error, 'stackTraceLimit', { configurable: true, ...descriptor })
  try {
    expect(await legacyAuth().authenticate(bearer('junk'))).toMatchObject({ ok: false })
    expect(Object.hasOwn(Error, 'stackTraceLimit')).toBe(descriptor !== null)
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', before)
  }
})

it.each([true, false])(
  'a fresh guard after another judges a second time, unless the use of a key counts: %j',
  async (counts) => {
    let judged = 0
    const verify: OpenVerifier['verify'] = async ({ value }) => {
      judged++
      return value === 'k_limited'
        ? { outcome: 'rejected', code: 'rate_limited', reason: 'rate_limited' }
        : { outcome: 'accepted', identity: identity('u') }
    }
    const verifier = verifierOf(verify, { counts, alwaysFresh: counts })
    const auth = createDualAuth({ verifiers: [verifier] })
    for (const [key, kind] of [
      ['k_1', 'pass'],
      ['k_limited', 'refuse'],
    ] as const) {
      judged = 0
      const memo = {}
      const usual = auth.guard(exchange(key, memo), AUTHENTICATED)
      // The second asks while the first is still judged.
      const fresh = { kind: 'authenticated', fresh: true } as const
      const verdicts = await Promise.all([usual, ...[1, 2].map(() => auth.guard(exchange(key, memo), fresh))])
      expect(verdicts.map((verdict) => verdict.kind)).toEqual([kind, kind, kind])
      expect((await auth.guard(exchange(key, memo), AUTHENTICATED)).kind).toBe(kind)
      expect(judged).toBe(counts ? 1 : 2)
    }
  },
)
