import { expect, it } from 'vitest'
import { placeOf } from '../../src/cache/place.js'

it('keeps a credential apart from one whose other cookies spell the same list', async () => {
  const at = async (companions: readonly (readonly [string, string[]])[]) =>
    placeOf({ carrier: 'cookie', name: 'session', value: 'v', companions: new Map(companions) })
  const one = await at([['a', ['x', 'b', 'y']]])
  const other = await at([
    ['a', ['x']],
    ['b', ['y']],
  ])
  expect(one.index).not.toBe(other.index)
})
