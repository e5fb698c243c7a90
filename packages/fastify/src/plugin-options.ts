import { AuthError, type DualAuth } from '@dualauth/core/adapter'

/** The options of `app.register(dualAuth, …)`. */
export interface DualAuthPluginOptions {
  /** The result of `createDualAuth`. */
  readonly auth: DualAuth
  /**
   * `deny`: every route needs authentication unless its `config.auth` says otherwise. Default: the value of the
   * registration above, otherwise `allow`.
   */
  readonly default?: 'allow' | 'deny'
}

export const WRITE = 'app.register(dualAuth, { auth })'

/** Those that Fastify itself reads of every plugin come along. */
const KNOWN = ['auth', 'default', 'prefix', 'logLevel', 'logSerializers']

/**
 * `app.register(dualAuth(auth))`, as in other frameworks.
 *
 * @throws {AuthError} `configuration_invalid`
 */
export function assertRegistered(app: unknown): void {
  if (typeof (app as { addHook?: unknown } | null | undefined)?.addHook !== 'function') throw wrong(`write ${WRITE}`)
}

/**
 * A misspelt `default` must not leave routes open.
 * @throws {AuthError} `configuration_invalid`
 */
export function assertPluginOptions(options: object): void {
  if ('guard' in options && 'authenticate' in options) throw wrong(`the options are an instance; write ${WRITE}`)
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name))
  if (unknown !== undefined)
    throw new AuthError('configuration_invalid', {
      message: `dualAuth.${unknown}: unknown option; it takes ${KNOWN.join(', ')}`,
    })
}

function wrong(problem: string): AuthError {
  return new AuthError('configuration_invalid', { message: `dualAuth: ${problem}` })
}
