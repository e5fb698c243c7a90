import { readFile } from 'node:fs/promises'
import { optionError } from '@dualauth/core/settings'

/**
 * What `manifest.json` says about the package. A package that was made by hand may have none.
 *
 * @returns The provider that the package was exported from, such as `clerk`.
 * @throws {AuthError} `configuration_invalid`: another version, or unreadable.
 */
export async function readManifest(path: string, option: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const manifest = parsed(text) as { readonly schemaVersion?: unknown; readonly provider?: unknown } | null
  if (manifest?.schemaVersion !== 1) throw optionError(option, 'has a manifest.json that is not schemaVersion 1')
  return typeof manifest.provider === 'string' ? manifest.provider : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
