import { assertMounted, type Requirement } from '@dualauth/core/adapter'
import { notWritten, type Handler } from './framework.js'
import { governingAuth, WRITE } from './mount.js'

/**
 * Turns a requirement into what __Framework__ runs. To be written:
 *
 * 1. `runGuard(state, auth, request, native, requirement)` gives the verdict, or a promise of it.
 * 2. `preflight`: answer 204. What comes next may be a handler, which a crafted preflight must not reach.
 * 3. `refuse`: write `verdict.answer`, its status, headers and body, as they are.
 * 4. `pass`: set `Cache-Control` where the handler sets none, merge `Vary`, and go on.
 * 5. Whatever the verdict is, write the cookies of `state` when headers are committed, merge `Vary` with the handler's, and
 *    add what announces the end of an old side (`writeOnCommit` where the response is Node's, else `takeCookies` and `announceIn`).
 *
 * What is thrown goes to the framework's error path (`asError`); a guard that fails lets nobody in.
 */
export function guard(name: string, _requirement: Requirement): Handler {
  return (req) => {
    assertMounted(governingAuth(req, name), name, WRITE)
    throw notWritten('src/guard.ts carries out verdicts')
  }
}
