import { CliError, EXIT } from '../exit.js'
import type { Input } from './terminal.js'

const MAX_BYTES = 1_048_576

/** Everything on standard input, at most one megabyte. */
export async function readAll(input: Input): Promise<string> {
  const portions: Uint8Array[] = []
  let size = 0
  for await (const portion of input) {
    const bytes = typeof portion === 'string' ? new TextEncoder().encode(portion) : portion
    size += bytes.length
    if (size > MAX_BYTES) throw new CliError(EXIT.usage, 'Standard input is longer than a megabyte.')
    portions.push(bytes)
  }
  return new TextDecoder().decode(Buffer.concat(portions))
}
