/** The process that has a folder open, as its lock file says. */
interface Holder {
  readonly pid: number
  /** Milliseconds since the epoch. Process ids are reused, in containers at each start. */
  readonly startedAt: number
}

const NAME = 'dualauth.lock'
/** Clock corrections shift a start time by less than this. */
const SAME_START_MS = 2000
/** How long a lock file may be empty: its creator writes it at once. */
const EMPTY_MS = 10_000
const ATTEMPTS = 3

/** What the folder is, for the error message. */
export interface FolderUse {
  /** How the message begins; default `embedded: the folder of the database`. */
  readonly what?: string
}

/**
 * Locks a folder for this process: PGlite does not notice another writer, and both lose what they wrote. The lock of a
 * process that is gone is taken over. Processes on other machines or in other containers are not seen.
 *
 * @returns Releases the lock.
 * @throws {Error} With the code `EBUSY`: it is already open, in this process or another.
 */
export async function lockFolder(
  folder: string,
  { what = 'embedded: the folder of the database' }: FolderUse = {},
): Promise<() => Promise<void>> {
  // Not with `import`: bundlers for Workers, which have no folders, would try to resolve it.
  const host = (globalThis as { readonly process?: NodeJS.Process }).process
  if (host?.getBuiltinModule === undefined) return async () => {}
  const process: NodeJS.Process = host
  const { mkdir, readFile, rm, stat, writeFile } = process.getBuiltinModule('node:fs/promises')
  const path = process.getBuiltinModule('node:path').join(folder, NAME)
  const own: Holder = { pid: process.pid, startedAt: Math.round(Date.now() - process.uptime() * 1000) }
  const text = JSON.stringify(own)
  const read = (): Promise<string | null> => readFile(path, 'utf8').catch(() => null)

  function isAlive({ pid, startedAt }: Holder): boolean {
    if (pid === own.pid) return Math.abs(startedAt - own.startedAt) < SAME_START_MS
    try {
      process.kill(pid, 0)
      return true
    } catch (error) {
      // The process exists and belongs to another user.
      return codeOf(error) === 'EPERM'
    }
  }

  async function isHeld(found: string): Promise<boolean> {
    const holder = holderOf(found)
    if (holder !== null) return isAlive(holder)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }))
    return Date.now() - mtimeMs < EMPTY_MS
  }

  await mkdir(folder, { recursive: true })
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await writeFile(path, text, { flag: 'wx' })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      const found = await read()
      if (found === null) continue
      if (await isHeld(found)) throw inUse(what, holderOf(found))
      await rm(path, { force: true })
      continue
    }
    // If two took over a lock at once, only the last to write it has it.
    if ((await read()) === text)
      return async () => {
        if ((await read()) === text) await rm(path, { force: true })
      }
  }
  throw inUse(what, null)
}

function inUse(what: string, holder: Holder | null): Error {
  const by = holder === null ? 'another process' : `the process ${holder.pid}`
  const message = `${what} is open in ${by}; one process at a time may open it. If that process is not yours, delete ${NAME} in the folder.`
  return Object.assign(new Error(message), { code: 'EBUSY' })
}

function holderOf(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text)
    const { pid, startedAt } = (value ?? {}) as Partial<Record<keyof Holder, unknown>>
    return Number.isSafeInteger(pid) && typeof startedAt === 'number' ? { pid: pid as number, startedAt } : null
  } catch {
    return null
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? (error as { readonly code?: unknown }).code : null
}
