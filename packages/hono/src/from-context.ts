import type { DualAuth } from '@dualauth/core/adapter'
import type { Context } from 'hono'

export type FromContext = (c: Context) => DualAuth

/** Workers hand out their environment per request; an instance is kept for as long as its environment lives. */
export function memoised(create: FromContext): FromContext {
  const instances = new WeakMap<object, DualAuth>()
  // Node has one environment, although its server makes the object of bindings anew for each request.
  const process = {}
  return (c) => {
    const env: unknown = c.env
    const key = typeof env !== 'object' || env === null || 'incoming' in env ? process : env
    const known = instances.get(key) ?? create(c)
    instances.set(key, known)
    return known
  }
}
