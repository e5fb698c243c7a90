import { expect, it } from 'vitest'
import { cacheKeyOf } from '../../src/cache/cache-key.js'
import type { Credential } from '../../src/extract/credential.js'
import { mint } from '../support/tokens.js'

const SEAL = `Fe26.2*1*${'a'.repeat(64)}*iv*ciphertext**${'b'.repeat(64)}*${'c'.repeat(43)}~2`
const bearer = (value: string): Credential => ({ carrier: 'bearer', name: 'authorization', value })
const cookie = (name: string, value: string): Credential => ({ carrier: 'cookie', name, value })

it('compares a token and a seal whole, and tells doors apart', async () => {
  const token = mint()
  for (const value of [token, SEAL]) {
    const keys = await Promise.all([bearer(value), cookie('a', value), cookie('b', value)].map(cacheKeyOf))
    expect(keys.map(({ whole }) => whole)).toEqual([value, value, value])
    expect(new Set(keys.map(({ index }) => index)).size).toBe(3)
  }
})

it.each([
  'sk_live_4eC39HqLyjWDarjtT1zdp7dc',
  // By chance it begins as a JWT.
  `eyJ${'k'.repeat(61)}`,
  `eyJ${'k'.repeat(40)}.${'s'.repeat(43)}=`,
])('keeps nothing but a hash of a secret that somebody looks up: %s', async (secret) => {
  for (const one of [bearer(secret), cookie('session', secret), { ...bearer(secret), carrier: 'header' } as const]) {
    const { index, whole } = await cacheKeyOf(one)
    expect(whole).toBeNull()
    expect(index).toMatch(/^[\w-]{43}$/)
  }
})

it('keeps a credential apart from one whose other cookies spell the same list', async () => {
  const at = async (companions: readonly (readonly [string, string[]])[]) =>
    cacheKeyOf({ carrier: 'cookie', name: 'session', value: 'v', companions: new Map(companions) })
  const one = await at([['a', ['x', 'b', 'y']]])
  const other = await at([
    ['a', ['x']],
    ['b', ['y']],
  ])
  expect(one.index).not.toBe(other.index)
})
