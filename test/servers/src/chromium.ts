import { chromium, type Browser } from 'playwright-core'
import { programOf } from './programs.js'

export type { Browser, BrowserContext, Page } from 'playwright-core'

/** Names of `.test` are this machine, and nothing else has an address: no page reaches beyond loopback. */
const HOSTS = 'MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'

const ARGUMENTS = [
  `--host-resolver-rules=${HOSTS}`,
  // Containers have a tiny /dev/shm and no graphics.
  '--disable-dev-shm-usage',
  '--disable-gpu',
  // Certificates of tests are made at run time, by nobody that a browser knows.
  '--ignore-certificate-errors',
  // A page in the background of a test is as quick as one in front.
  '--disable-features=IntensiveWakeUpThrottling',
]

/**
 * A headless Chromium with a new profile, gone when it is closed. `newContext()` is a person with cookies of her own; the
 * pages of one context are her tabs. `http://localhost` counts as secure, so `Secure` and `__Host-` cookies and Web Locks
 * work there; names of `.test` need HTTPS for that, and any certificate will do.
 *
 * Tests that call it stand in `describeWith('Chromium', …)`.
 */
export function startChromium(): Promise<Browser> {
  // No sandbox, because root and most containers have none; the pages are our own. Playwright turns background networking off.
  return chromium.launch({
    executablePath: programOf('chromium'),
    chromiumSandbox: false,
    args: ARGUMENTS,
    timeout: 60_000,
  })
}
