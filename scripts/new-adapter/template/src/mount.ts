import {
  assertCalledAsFactory,
  assertInstance,
  createState,
  governing,
  STATE,
  type DualAuth,
  type RequestState,
  type StateHolder,
} from '@dualauth/core/adapter'
import { notWritten, type Handler, type Request } from './framework.js'

/** How to mount, for messages. */
export const WRITE: string = 'app.use(dualAuth(auth))'

/**
 * Binds `auth` to every request that passes; refuses nothing. The mount with the longest path that
 * leads to the request governs.
 *
 * @param auth What `createDualAuth` returned.
 * @throws {AuthError} `configuration_invalid`: not an instance.
 * @example
 * app.use(dualAuth(auth))
 */
export function dualAuth(auth: DualAuth): Handler
export function dualAuth(...args: unknown[]): Handler {
  assertCalledAsFactory('dualAuth', args, WRITE)
  const [auth] = args
  assertInstance(auth, 'dualAuth.auth', WRITE)
  return (req) => {
    // To be written: `depth` is how many segments lead to this mount (`depthOf`), then the request goes on.
    stateOf(req).mounts.push({ auth, depth: 0 })
    throw notWritten('src/mount.ts binds the instance and lets the request go on')
  }
}

/** The instance of the deepest mount above this request. */
export function governingAuth(req: Request, name: string): DualAuth | undefined {
  return governing(stateOf(req).mounts, name)
}

/** The state of a request. To be kept where the framework keeps state of its own, if it has such a place. */
export function stateOf(req: Request): RequestState {
  const holder: Request & StateHolder = req
  return (holder[STATE] ??= createState())
}
