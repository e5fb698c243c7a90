import { isObject, optionError } from '@dualauth/core/settings'

/**
 * A driver that the application installs where it wants it.
 * @param missing What to say where it is not there, after the owner's name.
 * @throws {AuthError} `configuration_invalid`: it is not there; one that fails to load says so itself.
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
