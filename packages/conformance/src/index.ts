import { describe, it } from 'vitest'
import type { AdapterUnderTest } from './adapter-under-test.js'
import { CASES } from './cases.js'
import { runCase } from './run-case.js'

export type { AdapterUnderTest, AppName, AppParts, Differences, RunningApp } from './adapter-under-test.js'
export { FOR_SHARED_CACHES, whoami } from './adapter-under-test.js'
export { CASES, type Case } from './cases.js'
export { describeHostile } from './hostile.js'
export { header, send, type Call, type Reply } from './http-client.js'
export { createSubject, type Subject } from './subject.js'
export { FLOODED, floodFromOneAddress } from './throttling.js'
export { runCase } from './run-case.js'

/** The suite that every adapter runs against its real server. Differences are declared, never hidden. */
export function describeAdapter(name: string, adapter: AdapterUnderTest): void {
  describe(`${name} keeps the promises of an adapter`, () => {
    const impossible = adapter.differences?.impossible ?? {}
    for (const one of CASES) if (impossible[one.app] === undefined) it(one.name, () => runCase(adapter, one))
  })
}
