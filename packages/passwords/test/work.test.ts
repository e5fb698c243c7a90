import * as bcrypt from '@node-rs/bcrypt'
import { describe, expect, it } from 'vitest'
import { createPasswords, type BcryptLibrary } from '../src/index.js'
import { MADE } from './fixtures/made.js'

const HASH = MADE.find(({ format }) => format === 'bcrypt')!.hash

/** A library whose checks end when they are let go. */
function heldLibrary() {
  const held: Array<(outcome: boolean | Error) => void> = []
  let most = 0
  let running = 0
  const library: BcryptLibrary = {
    async compare() {
      most = Math.max(most, ++running)
      const outcome = await new Promise<boolean | Error>((resolve) => held.push(resolve))
      running--
      if (outcome instanceof Error) throw outcome
      return outcome
    },
  }
  const begun = async (count: number): Promise<void> => {
    while (held.length < count) await new Promise((resolve) => setImmediate(resolve))
  }
  return { library, held, begun, most: () => most }
}

describe('many checks at once', () => {
  it('are done a few at a time, and those that would wait behind too many are refused at once', async () => {
    const { library, held, begun, most } = heldLibrary()
    const passwords = createPasswords({ bcrypt: library, concurrency: 2, queueLimit: 3, maxWaitMs: 60_000 })
    const checks = Array.from({ length: 8 }, () => passwords.verifyPassword(HASH, 'x'))
    const refused = await Promise.allSettled(checks.slice(5))
    for (const one of refused)
      expect(one).toMatchObject({
        status: 'rejected',
        reason: { code: 'password_checks_busy', status: 503, retryAfterSeconds: 5 },
      })
    for (let count = 1; count <= 5; count++) {
      await begun(count)
      held[count - 1]!(true)
    }
    for (const one of await Promise.all(checks.slice(0, 5))) expect(one.ok).toBe(true)
    expect(most()).toBe(2)
  })

  it('have their place back when a check fails', async () => {
    const { library, held, begun } = heldLibrary()
    const passwords = createPasswords({ bcrypt: library, concurrency: 1, queueLimit: 1 })
    const [first, second] = [passwords.verifyPassword(HASH, 'x'), passwords.verifyPassword(HASH, 'x')]
    await begun(1)
    held[0]!(new Error('out of memory'))
    await expect(first).rejects.toThrow('out of memory')
    await begun(2)
    held[1]!(true)
    expect((await second).ok).toBe(true)
    const third = passwords.verifyPassword(HASH, 'x')
    await begun(3)
    held[2]!(false)
    expect((await third).ok).toBe(false)
  })

  it('are refused after they waited too long', async () => {
    const { library, held, begun } = heldLibrary()
    const passwords = createPasswords({ bcrypt: library, concurrency: 1, queueLimit: 5, maxWaitMs: 20 })
    const first = passwords.verifyPassword(HASH, 'x')
    await expect(passwords.verifyPassword(HASH, 'x')).rejects.toMatchObject({ code: 'password_checks_busy' })
    await begun(1)
    held[0]!(true)
    expect((await first).ok).toBe(true)
    expect(held).toHaveLength(1)
  })

  it('share their bound with new hashes and unknown people', async () => {
    const { library, held, begun } = heldLibrary()
    const passwords = createPasswords({ bcrypt: library, concurrency: 1, queueLimit: 0 })
    const first = passwords.verifyPassword(HASH, 'x')
    await expect(passwords.hashPassword('x')).rejects.toMatchObject({ code: 'password_checks_busy' })
    await expect(passwords.verifyPassword(null, 'x')).rejects.toMatchObject({ code: 'password_checks_busy' })
    await begun(1)
    held[0]!(true)
    await first
  })
})

describe('a person who is not there', () => {
  it('costs the work of the hash that most people have', async () => {
    const asked: string[] = []
    const library: BcryptLibrary = {
      compare(password, hash) {
        asked.push(hash)
        return bcrypt.compare(password, hash)
      },
    }
    const passwords = createPasswords({ bcrypt: library, dummyHash: HASH })
    const nobody = { ok: false, needsRehash: false, format: null, truncated: false }
    expect(await passwords.verifyPassword(null, 'x')).toEqual(nobody)
    // Even if it were the password of that very hash.
    expect(await passwords.verifyPassword(null, MADE.find(({ hash }) => hash === HASH)!.password)).toEqual(nobody)
    expect(await passwords.verifyPassword('!', 'x')).toMatchObject({ ok: false })
    expect(await passwords.verifyPassword(HASH, '')).toMatchObject({ ok: false })
    expect(asked).toEqual([HASH, HASH, HASH, HASH])
  })

  it('costs as much as one who is there, by default', async () => {
    const passwords = createPasswords()
    const hash = await passwords.hashPassword('right')
    const timeOf = async (run: () => Promise<unknown>): Promise<number> => {
      const times = []
      for (let round = 0; round < 7; round++) {
        const begun = performance.now()
        await run()
        times.push(performance.now() - begun)
      }
      return times.toSorted((a, b) => a - b)[3]!
    }
    const there = await timeOf(() => passwords.verifyPassword(hash, 'wrong'))
    const nobody = await timeOf(() => passwords.verifyPassword(null, 'wrong'))
    // A person who is not there and costs nothing would be a hundred times as fast.
    expect(nobody).toBeGreaterThan(there / 4)
    expect(nobody).toBeLessThan(there * 4)
  })
})
