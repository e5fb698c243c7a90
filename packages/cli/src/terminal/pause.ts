/** Ends early if interrupted. */
export function pause(milliseconds: number, interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (interrupted.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      interrupted.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    interrupted.addEventListener('abort', end)
  })
}
