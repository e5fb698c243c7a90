import fc from 'fast-check'
import { expect, it } from 'vitest'
import { boundedCache } from '../../src/cache/bounded-cache.js'

it('a bounded cache holds the most recently used entries, and no more', () => {
  const cache = boundedCache<number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  cache.get('a')
  cache.set('c', 3)
  expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2])
  cache.delete('a')
  expect([cache.get('a'), cache.size]).toEqual([undefined, 1])
})

it('a bounded cache agrees with a list kept in order of use', () => {
  const step = fc.tuple(fc.constantFrom('get', 'set', 'delete'), fc.constantFrom('a', 'b', 'c', 'd', 'e'))
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: 1, max: 4 }), (steps, max) => {
      const cache = boundedCache<string>(max)
      let model: string[] = []
      for (const [action, key] of steps) {
        const known = model.includes(key)
        if (action === 'get') expect(cache.get(key)).toBe(known ? key : undefined)
        else if (action === 'set') cache.set(key, key)
        else cache.delete(key)
        model = model.filter((entry) => entry !== key)
        if (action === 'set' || (action === 'get' && known)) model.push(key)
        model = model.slice(-max)
        expect(cache.size).toBe(model.length)
      }
    }),
  )
})
