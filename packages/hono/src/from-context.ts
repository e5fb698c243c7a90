import { assertCalledAsFactory, type DualAuth } from '@dualauth/core/adapter'
import type { Context } from 'hono'

export type FromContext = (c: Context) => DualAuth

/** Workers hand out their environment per request; an instance is kept for as long as its environment lives. */
export function memoised(create: FromContext): FromContext {
  assertCalledAsFactory('dualAuth', [])
  const instances = new WeakMap<object, DualAuth>()
  return (c) => {
    const env = c.env as object | undefined
    if (typeof env !== 'object' || env === null) return create(c)
    const known = instances.get(env) ?? create(c)
    instances.set(env, known)
    return known
  }
}
