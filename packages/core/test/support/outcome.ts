import { isAuthError, type AuthRequest, type DualAuth } from '../../src/index.js'

/** How a request ended, in one line: `200 user-1 by legacy` or `401 credential_expired`. */
export async function outcome(auth: Pick<DualAuth, 'authenticate'>, request: AuthRequest): Promise<string> {
  const result = await auth.authenticate(request)
  if (result.ok) return `200 ${result.principal.id} by ${result.principal.verifier}`
  return `${result.error.status} ${result.error.code}`
}

/** Path of the option that a construction refused; fails when it refused none. */
export function wrongOption(construct: () => unknown): string {
  try {
    construct()
  } catch (error) {
    return pathOf(error)
  }
  throw new Error('nothing was refused')
}

/** Path that a configuration error names: its wording is not asserted. */
export function pathOf(error: unknown): string {
  if (!isAuthError(error) || error.code !== 'configuration_invalid' || error.status !== 500) throw error
  return error.message.slice(0, error.message.indexOf(': '))
}
