import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'

/** A new file that only its owner can read. */
export interface PrivateFile {
  /** Rejects with the file system's error, as `close` does. */
  readonly write: (text: string) => Promise<void>
  /** Resolves when everything is in the file. */
  readonly close: () => Promise<void>
  /** Deletes it: half a file would be taken for a whole one. */
  readonly discard: () => Promise<void>
}

/**
 * Creates a file; never follows a link in its place. An existing file is evidence, and is never overwritten.
 *
 * @throws The file system's error, such as `EEXIST`.
 */
export async function openPrivateFile(path: string): Promise<PrivateFile> {
  const stream = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  await once(stream, 'open')
  let failure: { readonly error: unknown } | null = null
  stream.on('error', (error) => void (failure ??= { error }))
  const assertWritten = (): void => {
    if (failure !== null) throw failure.error
  }
  return {
    async write(text) {
      assertWritten()
      if (!stream.write(text)) await once(stream, 'drain')
    },
    async close() {
      assertWritten()
      stream.end()
      await once(stream, 'finish')
    },
    async discard() {
      stream.destroy()
      await rm(path, { force: true })
    },
  }
}
