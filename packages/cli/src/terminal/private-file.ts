import { openPrivateFile, type PrivateFile } from '@dualauth/postgres'
import { CliError, EXIT } from '../exit.js'

/**
 * Opens a new file that only its owner can read.
 *
 * @param what The file's purpose, such as `report`.
 */
export async function openFileOf(path: string, what: string): Promise<PrivateFile> {
  const unwritable = ({ code = '' }: NodeJS.ErrnoException): never => {
    const words =
      code === 'EEXIST' ? `There is a ${what} of that name already.` : `The ${what} cannot be written (${code}).`
    throw new CliError(EXIT.usage, words)
  }
  const file = await openPrivateFile(path).catch(unwritable)
  return {
    write: (text) => file.write(text).catch(unwritable),
    close: () => file.close().catch(unwritable),
    discard: file.discard,
  }
}
