import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isAuthError } from '@dualauth/core'
import { within } from '@dualauth/core/adapter'

/** The code of a module that has not ended loading. */
const LOADING = 'ERR_STILL_LOADING'

/** Which module of the application exports its instance, and by what name. */
export interface ModuleOptions {
  readonly auth: string
  readonly export: string
}

/** The module's export, or why there is none. */
export type LoadedModule =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly thrown: unknown }

/** A client that connects again and again never lets its module go on. */
const LOAD_MS = 20_000

/** Loads the module, which runs its code. */
export async function loadModule(
  { auth, export: name }: ModuleOptions,
  cwd: string,
  loadMs: number = LOAD_MS,
): Promise<LoadedModule> {
  try {
    const loaded = await within<unknown>(import(pathToFileURL(resolve(cwd, auth)).href), loadMs)
    if (loaded === null) return { ok: false, thrown: { code: LOADING } }
    return { ok: true, value: memberOf(loaded, name) ?? memberOf(memberOf(loaded, 'default'), name) }
  } catch (thrown) {
    return { ok: false, thrown }
  }
}

export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** The application's messages may contain its secrets; ours never do. */
export function reasonOf(error: unknown): string {
  if (isAuthError(error)) return error.message
  const code = memberOf(error, 'code')
  if (code === 'ERR_MODULE_NOT_FOUND') return 'it, or something that it imports, is not there'
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return 'Node cannot run it as it is: name the file that your build makes of it'
  if (code === LOADING)
    return `it has not ended loading after ${LOAD_MS / 1_000} seconds, because something that it awaits does not answer, such as \`connect\` of a Redis client`
  // Such as ECONNREFUSED from a database that it opens.
  const named = typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(code) ? ` (${code})` : ''
  return error instanceof Error ? `it threw ${error.name}${named}` : 'it threw'
}
