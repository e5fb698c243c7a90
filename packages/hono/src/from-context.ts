import type { DualAuth } from '@dualauth/core/adapter'
import type { Context } from 'hono'

export type FromContext = (c: Context) => DualAuth

/** What servers tell about one request where Workers have their bindings: Node, Deno, AWS Lambda. */
const PER_REQUEST: readonly string[] = ['incoming', 'remoteAddr', 'lambdaContext', 'requestContext']

/** Workers hand out their environment per request; an instance is kept for as long as its environment lives. */
export function memoised(create: FromContext): FromContext {
  const instances = new WeakMap<object, DualAuth>()
  // Elsewhere the process is the environment.
  const process = {}
  return (c) => {
    const env: unknown = c.env
    const isBindings = typeof env === 'object' && env !== null && !PER_REQUEST.some((member) => member in env)
    const key = isBindings ? env : process
    const known = instances.get(key) ?? create(c)
    instances.set(key, known)
    return known
  }
}
