import { optionError } from '../errors/options.js'

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** Why an address must not be asked, in words that follow the option's name; null when it may be. */
export function urlProblem(text: string): string | null {
  const url = parse(text)
  if (url === null) return 'must be an absolute URL'
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(text)))
    return 'must use https (http only on loopback)'
  return url.username === '' && url.password === '' ? null : 'must not hold a user name or password'
}

/**
 * The address that an option names, in its normal form.
 *
 * @throws {AuthError} `configuration_invalid`, naming `path`.
 */
export function assertEndpointUrl(text: string, path: string): string {
  const problem = urlProblem(text)
  if (problem !== null) throw optionError(path, problem)
  return new URL(text).href
}

export function isLoopback(text: string): boolean {
  return LOOPBACK.includes(parse(text)?.hostname ?? '')
}

function parse(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}
