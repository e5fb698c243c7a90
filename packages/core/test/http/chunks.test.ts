import { describe, expect, it } from 'vitest'
import { assembleCookie, assembleEach, isChunkOf } from '../../src/http/chunks.js'

const cookies = (...pairs: [string, ...string[]][]) => new Map(pairs.map(([name, ...values]) => [name, values]))

describe('a cookie in chunks', () => {
  it('is joined in numeric order', () => {
    const pairs = Array.from({ length: 12 }, (_, i): [string, string] => [`c.${i}`, String.fromCharCode(97 + i)])
    expect(assembleCookie('c', cookies(...pairs.reverse()))).toEqual(['abcdefghijkl'])
  })

  it('gives way to a whole one', () => {
    expect(assembleCookie('c', cookies(['c', 'whole'], ['c.0', 'a']))).toEqual(['whole'])
  })

  it('ends where a chunk is missing, and is nothing without its first', () => {
    expect(assembleCookie('c', cookies(['c.0', 'a'], ['c.2', 'c']))).toEqual(['a'])
    expect(assembleCookie('c', cookies(['c.1', 'b']))).toEqual([])
  })

  it('is nothing where a chunk stands twice, or where it grows beyond 64 KiB', () => {
    expect(assembleCookie('c', cookies(['c.0', 'a', 'b']))).toEqual([])
    const large = Array.from({ length: 20 }, (_, i): [string, string] => [`c.${i}`, 'x'.repeat(4_000)])
    expect(assembleCookie('c', cookies(...large))).toEqual([])
  })

  it.each(['c.0', 'c.9', 'c.99'])('knows %s as a chunk', (name) => {
    expect(isChunkOf(['c'], name)).toBe(true)
  })

  it.each(['c', 'c.', 'c.00', 'c.100', 'c.-1', 'c.1e1', 'd.0', '.0', 'c.0.0'])('knows %s as none', (name) => {
    expect(isChunkOf(['c'], name)).toBe(false)
  })

  it('is each way in which chunks that stand twice may belong together, and one more than count shows that there are too many', () => {
    const twice = cookies(['c', 'whole'], ['c.0', 'a', 'b'], ['c.1', 'x', 'y'])
    expect(assembleEach('c', twice, 4)).toEqual({ whole: ['whole'], joined: ['ax', 'ay', 'bx', 'by'] })
    expect(assembleEach('c', twice, 3).joined).toHaveLength(4)
    expect(assembleEach('c', twice, 2).joined).toHaveLength(3)
  })
})
