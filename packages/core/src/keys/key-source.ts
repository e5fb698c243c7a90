import { crypto } from '#crypto'
import { optionError } from '../errors/options.js'
import type {
  HmacAlgorithm,
  KeyHandle,
  MaybePromise,
  PublicJwk,
  PublicKeyAlgorithm,
  SignatureAlgorithm,
} from './crypto.js'
import { fitsAlgorithm, jwkProblem } from './jwk.js'
import type { SecretList } from './secrets.js'

/** Where a verifier's keys come from: its own list, its own secrets, or its own key set. Never shared. */
export interface KeySource {
  /**
   * Keys that may have signed a token with this header, best first; few, because each is tried.
   * Throws or rejects when that cannot be told.
   */
  find(algorithm: SignatureAlgorithm, kid: string | null): MaybePromise<readonly KeyHandle[]>
  /** Loads what can be loaded ahead; rejects when that fails. */
  ready(): Promise<void>
  close(): void
}

/** A verification key the app configures: PEM (SPKI), JSON Web Key, or WebCrypto key. */
export type PublicKeyInput = string | PublicJwk | CryptoKey

/** A key that passed the checks, imported once per algorithm. */
export interface VerificationKey {
  readonly kid: string | null
  fits(algorithm: PublicKeyAlgorithm): boolean
  handle(algorithm: PublicKeyAlgorithm): MaybePromise<KeyHandle>
}

export function keyOfJwk(jwk: PublicJwk): VerificationKey {
  const handles = new Map<string, MaybePromise<KeyHandle>>()
  return {
    kid: jwk.kid ?? null,
    fits: (algorithm) => fitsAlgorithm(jwk, algorithm),
    handle: (algorithm) => {
      const known = handles.get(algorithm)
      if (known !== undefined) return known
      const { kty, crv, n, e, x, y } = jwk
      const imported = crypto.importJwk(defined({ kty, crv, n, e, x, y }), algorithm)
      handles.set(algorithm, imported)
      if (imported instanceof Promise)
        imported.then(
          (handle) => handles.set(algorithm, handle),
          () => {},
        )
      return imported
    },
  }
}

function defined(jwk: Record<string, string | undefined>): PublicJwk {
  return Object.fromEntries(Object.entries(jwk).filter(([, value]) => value !== undefined))
}

/** Keys from the app's own list; a wrong one fails construction where the platform can tell, else `ready()`. */
export function localKeys(
  inputs: readonly PublicKeyInput[],
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
): KeySource {
  const keys = inputs.map((input, index) => importKey(input, algorithms, `${path}[${index}]`))
  for (const key of keys) if (key instanceof Promise) key.catch(() => {})
  return {
    async find(algorithm, kid) {
      const usable = (await Promise.all(keys)).filter(
        (key) => key.fits(algorithm as PublicKeyAlgorithm) && (kid === null || key.kid === null || key.kid === kid),
      )
      return Promise.all(usable.map((key) => key.handle(algorithm as PublicKeyAlgorithm)))
    },
    ready: async () => void (await Promise.all(keys)),
    close: () => {},
  }
}

function importKey(
  input: PublicKeyInput,
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
): MaybePromise<VerificationKey> {
  if (typeof input === 'string') return importPem(input, algorithms, path)
  if (isCryptoKey(input)) return importCryptoKey(input, algorithms, path)
  return checkedKey(input, algorithms, path)
}

function importPem(
  pem: string,
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
): MaybePromise<VerificationKey> {
  if (pem.includes('PRIVATE KEY')) throw optionError(path, 'is a private key; use the public one')
  if (pem.includes('BEGIN CERTIFICATE'))
    throw optionError(path, 'is a certificate; use its public key (openssl x509 -pubkey -noout)')
  const wrong = (): never => {
    throw optionError(path, 'is no PEM public key (SPKI, BEGIN PUBLIC KEY) that fits the algorithms')
  }
  const check = (jwk: PublicJwk) => checkedKey(jwk, algorithms, path)
  try {
    const jwk = crypto.pemToJwk(pem, algorithms)
    return jwk instanceof Promise ? jwk.catch(wrong).then(check) : check(jwk)
  } catch (error) {
    if (error instanceof Error && error.name === 'AuthError') throw error
    return wrong()
  }
}

function checkedKey(
  jwk: PublicJwk,
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
): MaybePromise<VerificationKey> {
  const problem = jwkProblem(jwk)
  if (problem !== null) throw optionError(path, problem)
  const fitting = algorithms.filter((algorithm) => fitsAlgorithm(jwk, algorithm))
  if (fitting.length === 0) throw optionError(path, `fits none of the algorithms ${algorithms.join(', ')}`)
  const key = keyOfJwk(jwk)
  const unusable = (): never => {
    throw optionError(path, 'cannot be imported; a point off its curve, for example')
  }
  let handles: MaybePromise<KeyHandle>[]
  try {
    handles = fitting.map((algorithm) => key.handle(algorithm))
  } catch {
    return unusable()
  }
  return handles.some((handle) => handle instanceof Promise) ? Promise.all(handles).then(() => key, unusable) : key
}

const CURVE: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

function importCryptoKey(key: CryptoKey, algorithms: readonly PublicKeyAlgorithm[], path: string): VerificationKey {
  if (key.type !== 'public') throw optionError(path, `is a ${key.type} key; use the public one`)
  const { name, namedCurve, hash, modulusLength } = key.algorithm as {
    name: string
    namedCurve?: string
    hash?: { name: string }
    modulusLength?: number
  }
  if (modulusLength !== undefined && (modulusLength < 2048 || modulusLength > 8192))
    throw optionError(path, 'has an RSA modulus outside 2048 to 8192 bits')
  const family = { 'RSASSA-PKCS1-v1_5': 'RS', 'RSA-PSS': 'PS', ECDSA: 'ES', Ed25519: 'Ed' }[name]
  const fits = (algorithm: PublicKeyAlgorithm) =>
    algorithm.slice(0, 2) === family &&
    (algorithm === 'EdDSA' ||
      (family === 'ES' ? CURVE[algorithm] === namedCurve : hash?.name === `SHA-${algorithm.slice(2)}`))
  if (!algorithms.some(fits)) throw optionError(path, `fits none of the algorithms ${algorithms.join(', ')}`)
  const handle = crypto.importCryptoKey(key)
  return { kid: null, fits, handle: () => handle }
}

function isCryptoKey(input: unknown): input is CryptoKey {
  return Object.prototype.toString.call(input) === '[object CryptoKey]'
}

/** HMAC secrets, in order. `kid` is not consulted: home-grown issuers rarely set one. */
export function secretKeys(secrets: SecretList): KeySource {
  const handles = new Map<SignatureAlgorithm, MaybePromise<readonly KeyHandle[]>>()
  const load = (algorithm: HmacAlgorithm): MaybePromise<readonly KeyHandle[]> => {
    const imported = Array.from({ length: secrets.size }, (_, i) => crypto.importSecret(secrets.at(i), algorithm))
    return imported.some((key) => key instanceof Promise) ? Promise.all(imported) : (imported as KeyHandle[])
  }
  return {
    find(algorithm) {
      const known = handles.get(algorithm) ?? load(algorithm as HmacAlgorithm)
      handles.set(algorithm, known)
      return known
    },
    ready: async () => {},
    close: () => {},
  }
}
