import { memoryExchanges } from '@dualauth/core'
import { describe, expect, it } from 'vitest'
import { gateway } from './meanwhile.js'
import { createWorld, said, type WorldOptions } from './world.js'

const never = (): Promise<never> => new Promise(() => {})
const memory = memoryExchanges()

type Exchange = NonNullable<WorldOptions['exchange']>

describe('what never answers', () => {
  it.each<[string, Exchange, string]>([
    ['the store that counts', { exchanges: { ...memory, take: never } }, '503 store_unavailable'],
    ['the limit of the application', { rateLimit: never }, '503 account_unavailable'],
    ['the question for a further factor', { stepUp: never }, '503 account_unavailable'],
  ])('is 503, and not waited for: %s', async (_, exchange, answer) => {
    const world = createWorld({ exchange: { ...exchange, timeoutMs: 100 } })
    await world.join('ada')
    const cookie = `old=${world.old('ada', { sid: 's1' })}`
    expect(said(await world.browser(cookie))).toBe(answer)
    // Nor does the next one wait for the first.
    expect(said(await world.browser(cookie))).toBe(answer)
  })

  it('delays no refusal, where it should end what was minted or give an exchange back', async () => {
    const world = createWorld({
      exchange: { exchanges: { ...memory, giveBack: never }, timeoutMs: 100 },
      minter: (own) => ({ ...own, end: never }),
    })
    // Nobody of that id in Better Auth: given back.
    expect(said(await world.browser(`old=${world.old('eve')}`))).toBe('403 exchange_refused no_account')
    // Minted without the end that was asked for: ended.
    const longer = createWorld({
      exchange: { timeoutMs: 100 },
      minter: (own) => ({
        ...own,
        end: never,
        mint: (request) => own.mint({ ...request, endsAt: request.endsAt + 86_400 }),
      }),
    })
    await longer.join('ada')
    expect(said(await longer.browser(`old=${longer.old('ada')}`))).toBe('403 exchange_refused longer')
  })

  it('gives back an exchange that the store took too late', async () => {
    const gate = gateway()
    const given: string[] = []
    const take = gate.promise.then(() => true)
    const world = createWorld({
      exchange: { exchanges: { take: () => take, giveBack: (key) => void given.push(key) }, timeoutMs: 100 },
    })
    await world.join('ada')
    expect(said(await world.browser(`old=${world.old('ada')}`))).toBe('503 store_unavailable')
    gate.resolve()
    await expect.poll(() => given.length).toBe(1)
  })
})
