import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { isAuthError } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'

/** How a file is read. */
export interface FileReading {
  /** The option that names the file, for errors: `auth0Source.users`. */
  readonly option: string
  readonly signal: AbortSignal
  /** The maximum size, unpacked. */
  readonly maxBytes: number
}

/** More than any export of people has: 4 GiB, unpacked. */
export const MAX_BYTES: number = 4 * 1024 ** 3

/**
 * The text of a UTF-8 file, streamed; gzip is unpacked, whatever the file is called. A byte order mark is left out.
 *
 * @throws {AuthError} `configuration_invalid`: too long, not UTF-8, cut off or damaged. Nothing in the file is
 *   repeated.
 */
export async function* textOf(path: string, { option, signal, maxBytes }: FileReading): AsyncGenerator<string> {
  const head = await headOf(path)
  if (head === 'fffe' || head === 'feff') throw optionError(option, `is UTF-16 (${basename(path)}); save it as UTF-8`)
  const file = createReadStream(path, { signal })
  const input: Readable = head === '1f8b' ? pipeline(file, createGunzip(), () => {}) : file
  // Another encoding would silently damage names and addresses.
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let bytes = 0
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes)
        throw optionError(
          option,
          `is longer than ${maxBytes} bytes, unpacked (${basename(path)}); raise maxBytes if it is right`,
        )
      yield decoder.decode(chunk, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    if (codeOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw optionError(option, `is not UTF-8 (${basename(path)}); save it as UTF-8`)
    if (isAuthError(error) || !codeOf(error).startsWith('Z_')) throw error
    throw optionError(option, `is cut off or damaged (${basename(path)}): download it again`)
  } finally {
    file.destroy()
  }
}

async function headOf(path: string): Promise<string> {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.toString('hex', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null)?.code)
}

/** Shows that files are the same as before: their sizes and times. */
export async function fingerprintOf(paths: readonly string[]): Promise<string> {
  const all = await Promise.all(paths.map((path) => stat(path)))
  return all.map(({ size, mtimeMs }) => `${size}:${Math.floor(mtimeMs)}`).join(' ')
}
