import type { NodeKeyObject } from '../../crypto/port.js'
import { optionError } from '../../settings/options.js'

/** Recognised by its tag, as in jose: it may come from another realm or a Node-like runtime. */
export function isKeyObject(input: unknown): input is NodeKeyObject {
  return Object.prototype.toString.call(input) === '[object KeyObject]'
}

/** @throws {AuthError} `configuration_invalid`: a kind of key without a JSON Web Key form, such as RSA-PSS. */
export function jwkOfKeyObject(key: NodeKeyObject, path: string): object {
  try {
    return key.export({ format: 'jwk' })
  } catch {
    throw optionError(path, 'is of a kind that JSON Web Keys do not know; of RSA, give a plain RSA key, also for PS256')
  }
}
