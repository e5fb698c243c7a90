import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createOnce, type Made } from '../../src/accounts/once.js'

const EVE = { verifier: 'idp', issuer: 'https://issuer.example.com', subject: 'eve' }
const never = () => new Promise<Made>(() => {})

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('asks once for those of one identity who come together, and each time for others', async () => {
  const once = createOnce()
  const make = vi.fn<() => Promise<Made>>(async () => '1')
  expect(await Promise.all([once(EVE, make), once({ ...EVE }, make)])).toEqual(['1', '1'])
  expect(make).toHaveBeenCalledTimes(1)
  await Promise.all([once(EVE, make), once({ ...EVE, subject: 'bob' }, make), once({ ...EVE, issuer: 'x' }, make)])
  expect(make).toHaveBeenCalledTimes(4)
  expect(vi.getTimerCount()).toBe(0)
})

it('keeps nobody waiting for an answer that never comes, and asks again in the end', async () => {
  const once = createOnce()
  void once(EVE, never)
  const joined = expect(once(EVE, never)).rejects.toThrowError('has not finished')
  await vi.advanceTimersByTimeAsync(5000)
  await joined
  await vi.advanceTimersByTimeAsync(25_000)
  expect(await once(EVE, async () => '1')).toBe('1')
  expect(vi.getTimerCount()).toBe(0)
})

it('forgets an attempt that failed, and its failure is that of everybody who joined', async () => {
  const once = createOnce()
  const both = [once(EVE, () => Promise.reject(new Error('down'))), once(EVE, never)]
  await Promise.all(both.map((one) => expect(one).rejects.toThrowError('down')))
  expect(await once(EVE, async () => '1')).toBe('1')
})
