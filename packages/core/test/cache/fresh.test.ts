import { expect, it } from 'vitest'
import { apiKeys, createApiKey, createDualAuth, legacyJwt, type ApiKeyRecord } from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { outcome } from '../support/outcome.js'
import { apiKey, bearer } from '../support/requests.js'
import { legacyClaims, mint } from '../support/tokens.js'

const owner = { kind: 'user', id: 'ada' } as const
const settled = () => new Promise((resolve) => setImmediate(resolve))

it('a fresh look replaces what is remembered, also where nobody new is taken in', async () => {
  const { key, record } = await createApiKey({ prefix: 'sk_test_', owner, scopes: ['things:write'] })
  let current: ApiKeyRecord = record
  const keys = { findByHash: () => current }
  const auth = createDualAuth({
    verifiers: [apiKeys({ name: 'keys', prefix: 'sk_test_', keys, rememberMs: 600_000 })],
    remember: { maxEntries: 2 },
  })
  const scopes = async (fresh: boolean) => {
    const result = await auth.authenticate(apiKey(key), { fresh })
    return result.ok ? result.principal.scopes : result.error.code
  }
  expect(await scopes(false)).toEqual(['things:write'])
  current = { ...record, scopes: [] }
  expect([await scopes(true), await scopes(false)]).toEqual([[], []])
})

it('junk that is refused afresh keeps nobody else from being remembered', async () => {
  const [good, junk] = [
    await createApiKey({ prefix: 'sk_test_', owner, scopes: [] }),
    await createApiKey({ prefix: 'sk_test_', owner, scopes: [] }),
  ]
  let asked = 0
  let answer: (record: ApiKeyRecord) => void = () => {}
  const keys = {
    findByHash: (hash: string) =>
      hash === good.record.hash ? new Promise<ApiKeyRecord>((resolve) => (asked++, (answer = resolve))) : null,
  }
  const auth = createDualAuth({
    verifiers: [apiKeys({ name: 'keys', prefix: 'sk_test_', keys, rememberMs: 600_000 })],
  })
  const slow = outcome(auth, apiKey(good.key))
  while (asked === 0) await settled()
  for (let i = 0; i < 20; i++) await auth.authenticate(apiKey(junk.key), { fresh: true })
  answer(good.record)
  expect([await slow, await outcome(auth, apiKey(good.key)), asked]).toEqual(['200 ada by keys', '200 ada by keys', 1])
})

it('an answer of link is as old as its question, and a late one takes no newer one’s place', async () => {
  const clock = createClock()
  const answers: ((account: object | null) => void)[] = []
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions())],
    link: () => new Promise((resolve) => answers.push(resolve as never)) as Promise<{ id: string }>,
    remember: { linkMaxAgeMs: 1_000 },
    now: clock.now,
  })
  const token = bearer(mint({ claims: legacyClaims() }))
  const ask = async (): Promise<Promise<string>[]> => {
    const before = answers.length
    const asked = outcome(auth, token)
    // WebCrypto takes time of its own, and more of it on a busy machine.
    for (let turn = 0; turn < 100 && answers.length === before; turn++) await new Promise((go) => setTimeout(go, 1))
    return [asked]
  }
  const [first] = await ask()
  answers[0]!({ id: 'a' })
  expect(await first).toBe('200 a by legacy')
  clock.advance(2_000)
  const [slow] = await ask()
  clock.advance(1)
  const [quick] = await ask()
  answers[2]!({ id: 'a', active: false })
  expect(await quick).toBe('403 account_deactivated')
  clock.advance(900)
  answers[1]!({ id: 'a' })
  await slow
  const [last] = await ask()
  answers[3]?.({ id: 'a', active: false })
  expect(await last).toBe('403 account_deactivated')
})
