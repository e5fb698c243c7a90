import { isObject, optionError } from '@dualauth/core/settings'

/**
 * Loads an optional driver that the application installs.
 * @param missing What to say if it is not installed, after the owner's name.
 * @throws {AuthError} `configuration_invalid`: it is not installed. A driver that fails to load throws its own error.
 */
export async function installed<T>(
  name: string,
  owner: string,
  load: () => Promise<T>,
  missing = `needs the package ${name}: install it`,
): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const code = isObject(cause) ? (cause as { readonly code?: unknown }).code : undefined
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') throw optionError(owner, missing)
    throw cause
  }
}
