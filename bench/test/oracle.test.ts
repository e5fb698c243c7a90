import { describe, expect, it } from 'vitest'
import { rightAnswers, type History, type Subject } from '../src/soak/oracle.js'
import { isFlat } from '../src/soak/soak.js'

const T = 1_000_000
const history = (over: Partial<History> = {}): History => ({
  publishedAt: new Map([['k1', 0]]),
  withdrawnAt: new Map(),
  revokedAt: new Map(),
  outage: { from: 0, to: 0 },
  ...over,
})
const sound: Subject = { kind: 'sound', user: 'u', kid: 'k1', expiresAt: T + 60_000 }
const right = (subject: Subject, past: History, from = T, to = T) =>
  [...rightAnswers(subject, past, from, to)].sort((a, b) => a - b)

describe('the oracle of the soak', () => {
  it('leaves one answer where nothing is open', () => {
    expect(right(sound, history())).toEqual([200])
    expect(right({ ...sound, kind: 'forged' }, history())).toEqual([401])
    expect(right({ ...sound, expiresAt: T - 1_000 }, history())).toEqual([401])
    expect(right(sound, history({ revokedAt: new Map([['u', T - 1_000]]) }))).toEqual([401])
  })

  it('keeps known keys through an outage', () => {
    expect(right(sound, history({ outage: { from: T - 500, to: T + 500 } }))).toEqual([200])
  })

  it('lets nobody in by a key that was withdrawn long ago', () => {
    expect(right(sound, history({ withdrawnAt: new Map([['k1', T - 500]]) }))).toContain(200)
    expect(right(sound, history({ withdrawnAt: new Map([['k1', T - 5_000]]) }))).not.toContain(200)
  })

  it('never lets a forged one in, whatever happens to its key', () => {
    const past = history({ publishedAt: new Map([['k1', T]]), outage: { from: T, to: T + 1_000 } })
    expect(right({ ...sound, kind: 'forged' }, past)).not.toContain(200)
  })

  it('takes a new key for learned after ten seconds', () => {
    expect(right(sound, history({ publishedAt: new Map([['k1', T - 1_000]]) }))).toEqual([200, 401, 503])
    expect(right(sound, history({ publishedAt: new Map([['k1', T - 11_000]]) }))).toEqual([200])
  })
})

it('calls memory flat that only breathes, and not what grows', () => {
  expect(isFlat([20, 24, 25, 24, 25, 24, 25, 24, 25])).toBe(true)
  expect(isFlat([20, 24, 28, 32, 36, 40, 44, 48, 52])).toBe(false)
})
