interface Events {
  setMaxListeners(most: number, signal: AbortSignal): void
}

/**
 * Aborts fetches on close. Each waiting request listens to its signal, which is not a leak, although Node would warn
 * above ten.
 */
export function createClosing(): AbortController {
  const closing = new AbortController()
  // Not imported, because core also runs on platforms without this module.
  const { process } = globalThis as { process?: { getBuiltinModule?(id: string): Partial<Events> | undefined } }
  try {
    process?.getBuiltinModule?.('node:events')?.setMaxListeners?.(0, closing.signal)
  } catch {
    // The runtime's signals do not belong to its `node:events`.
  }
  return closing
}
