import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shared } from './shared.js'

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** No test has as many keys at once, so that all keys of one test differ. */
const STOCK = 32

let count = 0

/**
 * An RSA key pair of 2048 bits that was made in this run: making one takes a fifth of a second, and tests of a whole world
 * each want one. The keys of one test differ; another test may have the same.
 */
export function rsaKeyPair(): KeyPair {
  const path = join(shared().folder, `rsa-${count++ % STOCK}.pem`)
  if (existsSync(path)) {
    const privateKey = createPrivateKey(readFileSync(path))
    return { privateKey, publicKey: createPublicKey(privateKey) }
  }
  const made = generateKeyPairSync('rsa', { modulusLength: 2048 })
  // Other workers may be doing the same: a name is given to whole files only.
  const own = `${path}.${randomUUID()}`
  writeFileSync(own, made.privateKey.export({ format: 'pem', type: 'pkcs8' }))
  renameSync(own, path)
  return made
}
