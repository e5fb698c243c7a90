interface Events {
  setMaxListeners(most: number, signal: AbortSignal): void
}

/** Ends what is being fetched. As many listen as requests wait at once, which is no leak: Node would warn of more than ten. */
export function createClosing(): AbortController {
  const closing = new AbortController()
  // Not imported: core runs where there is no such module, and no such warning.
  const { process } = globalThis as { process?: { getBuiltinModule?(id: string): Partial<Events> | undefined } }
  try {
    process?.getBuiltinModule?.('node:events')?.setMaxListeners?.(0, closing.signal)
  } catch {
    // A runtime whose signals are not those of its `node:events`.
  }
  return closing
}
