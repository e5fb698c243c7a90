import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { headerView } from '../../src/http/request.js'
import { throttleOptions } from '../../src/throttle/options.js'
import { createThrottle } from '../../src/throttle/throttle.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
function heap(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

it('a million addresses, each with a forged token of its own, take no more memory than the bounds allow', () => {
  const options = throttleOptions.parse({ address: { header: 'x-forwarded-for' } })
  const throttle = createThrottle(
    options,
    () => {},
    () => 0,
  )
  const fail = (at: number): void => {
    const address = `${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}.7`
    const view = headerView({ method: 'GET', headers: { 'x-forwarded-for': address } })
    throttle.failed(view, { index: at, whole: at % 10 === 0 ? `${'x'.repeat(500)}${at}` : null }, 'forged')
  }
  for (let at = 0; at < 50_000; at++) fail(at)
  const before = heap()
  for (let at = 50_000; at < 1_000_000; at++) fail(at)
  expect((heap() - before) / 2 ** 20).toBeLessThan(2)
  // The bound itself: what is counted, and its credentials.
  expect(before / 2 ** 20).toBeLessThan(200)
})
