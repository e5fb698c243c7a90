const DEPTH = 5

/** An error and those that it wraps, from the outside in. */
export function layersOf(error: unknown): unknown[] {
  const layers = [error]
  for (let inner = wrappedBy(error); isObject(inner) && layers.length < DEPTH; inner = wrappedBy(inner))
    layers.push(inner)
  return layers
}

/** Drizzle and others keep it as `cause`, Prisma with a driver adapter (always since 7) as `meta.driverAdapterError`. */
function wrappedBy(error: unknown): unknown {
  const ofAdapter = memberOf(memberOf(error, 'meta'), 'driverAdapterError')
  return isObject(ofAdapter) ? ofAdapter : memberOf(error, 'cause')
}

export function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? (value as Record<string, unknown>)[name] : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
