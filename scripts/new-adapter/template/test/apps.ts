import type { AdapterUnderTest } from '@dualauth/conformance'
import { notWritten } from '../src/framework.js'

/** The apps of the conformance suite, in __Framework__. To be written: packages/express/test/apps.ts shows how. */
export const adapter: AdapterUnderTest = {
  serve: () => Promise.reject(notWritten('test/apps.ts serves the apps of the suite')),
}
