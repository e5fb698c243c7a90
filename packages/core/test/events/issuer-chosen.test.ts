import { expect, it } from 'vitest'
import { memoryExchanges, type AuthEvent } from '../../src/index.js'
import { createMove, oldToken, type Move } from '../support/migration.js'

const rollout = { unit: 'user', salt: 'spring', basisPoints: 0, include: ['ada'] } as const

function chosen({ events }: Move): readonly AuthEvent[] {
  return events.filter(({ type }) => type === 'issuer_chosen')
}

it('says which side was chosen for somebody who signs in, and why, and not for whom', async () => {
  const move = createMove()
  await move.publish({ stage: 'dual', settleMs: 0, rollout })
  await move.auth.issuerFor({ user: 'ada', identifier: 'ada@example.com' })
  await move.auth.issuerFor({ user: 'bob' })
  await move.publish({ stage: 'new-only' })
  await move.auth.issuerFor({ user: 'bob' })
  const common = { type: 'issuer_chosen', at: move.clock.now(), migration: 'default', purpose: 'sign-in' }
  expect(chosen(move)).toEqual([
    { ...common, side: 'new', reason: 'included', stage: 'dual', version: 2 },
    { ...common, side: 'old', reason: 'rollout', stage: 'dual', version: 2 },
    { ...common, side: 'new', reason: 'stage', stage: 'new-only', version: 3 },
  ])
  expect(JSON.stringify(chosen(move))).not.toMatch(/ada|bob/)
  await move.auth.close()
})

it('says it of an exchange whose credential the rollout decides about, and of no other', async () => {
  const minter = {
    verifier: 'better-auth' as const,
    mint: () => Promise.reject(new Error('the minter is away')),
  }
  const move = createMove({ stage: 'off', exchange: { exchanges: memoryExchanges(), minter } })
  const exchange = async (userId: string): Promise<string> => {
    const authorization = `Bearer ${oldToken(userId)}`
    const request = new Request('https://api.example.com/', { method: 'POST', headers: { authorization } })
    const result = await move.auth.exchange(request, { tokens: true })
    return result.ok ? 'minted' : result.error.code
  }
  await exchange('ada')
  expect(chosen(move)).toEqual([])
  await move.publish({ stage: 'dual', settleMs: 0, rollout })
  await exchange('ada')
  await exchange('bob')
  expect(chosen(move)).toMatchObject([
    { purpose: 'exchange', side: 'new', reason: 'included' },
    { purpose: 'exchange', side: 'old', reason: 'rollout' },
  ])
  await move.auth.close()
})
