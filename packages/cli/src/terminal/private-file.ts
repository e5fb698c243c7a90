import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { once } from 'node:events'
import { CliError, EXIT } from '../exit.js'

/** A new file that only its owner can read. */
export interface PrivateFile {
  readonly write: (text: string) => Promise<void>
  readonly close: () => Promise<void>
  /** Takes it away again: half of it would be taken for all of it. */
  readonly discard: () => Promise<void>
}

/** @param what It is, such as `report`. An earlier one is evidence, and not overwritten. */
export async function openPrivateFile(path: string, what: string): Promise<PrivateFile> {
  const stream = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  let failure: NodeJS.ErrnoException | null = null
  try {
    await once(stream, 'open')
  } catch (error) {
    throw unwritable(error as NodeJS.ErrnoException, what)
  }
  stream.on('error', (error) => (failure = error))
  const check = (): void => {
    if (failure !== null) throw unwritable(failure, what)
  }
  return {
    async write(text) {
      check()
      if (!stream.write(text)) await once(stream, 'drain').catch(check)
    },
    async close() {
      check()
      stream.end()
      await once(stream, 'finish').catch(check)
    },
    async discard() {
      stream.destroy()
      await rm(path, { force: true })
    },
  }
}

function unwritable({ code = '' }: NodeJS.ErrnoException, what: string): CliError {
  return new CliError(
    EXIT.usage,
    code === 'EEXIST' ? `There is a ${what} of that name already.` : `The ${what} cannot be written (${code}).`,
  )
}
