import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { AuthRequest } from '../../src/index.js'
import { legacyAuth } from '../support/legacy.js'
import { segment } from '../support/tokens.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
function heap(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** One flat string, as a server's parser makes it. */
const flat = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
const junk = (): string =>
  `${segment({ alg: 'HS256' })}.${segment({ p: 'p'.repeat(5_500) })}.${randomBytes(32).toString('base64url')}`

const sentBy = ([name = '', value = '']: readonly string[]): AuthRequest => ({
  method: 'GET',
  headers: { [name]: value },
  rawHeaders: [name, value],
})

it.each([
  ['bearer', () => ['authorization', flat(`Bearer ${junk()}`)]],
  [{ cookie: 's' }, () => ['cookie', flat(`s=${junk()}; other=${'z'.repeat(7_000)}`)]],
] as const)('what a fresh look refuses as %j keeps no header alive', async (carrier, field) => {
  const auth = legacyAuth({ carriers: [carrier] })
  const refuse = async (times: number): Promise<void> => {
    let passed = 0
    for (let i = 0; i < times; i++) if ((await auth.authenticate(sentBy(field()), { fresh: true })).ok) passed++
    expect(passed).toBe(0)
  }
  // As much as is measured: what is compiled and kept only once counts for nothing.
  await refuse(1_000)
  const before = heap()
  await refuse(1_000)
  expect((heap() - before) / 1e6).toBeLessThan(5)
  // Still in use.
  await refuse(1)
})
