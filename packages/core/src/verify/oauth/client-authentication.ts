import * as z from 'zod/mini'
import type { PublicKeyAlgorithm } from '../../crypto/port.js'
import type { PrivateKeyInput } from '../../keys/import/import-private-key.js'
import { createJwtSigner } from '../../keys/sign-jwt.js'
import { isObject, isText, object, text } from '../../settings/schemas.js'
import { PUBLIC_KEY_ALGORITHMS } from '../jwt/algorithms.js'

/** How this API authenticates to the issuer: with a secret, or a key that signs a short-lived assertion. */
export type ConfidentialClient =
  | {
      /** Client id, as the issuer knows this API. */
      readonly id: string
      /** Client secret. */
      readonly secret: string
      /** Default `client_secret_basic`. */
      readonly method?: 'client_secret_basic' | 'client_secret_post'
    }
  | {
      /** Client id, as the issuer knows this API. */
      readonly id: string
      /** PEM (PKCS #8, PKCS #1, SEC 1), a private JSON Web Key, a KeyObject or a WebCrypto key. */
      readonly key: PrivateKeyInput
      /** The signature algorithm of the assertion; it must fit the key. */
      readonly algorithm: PublicKeyAlgorithm
      /** `kid` of the assertion. Default: none. */
      readonly keyId?: string
      /** `aud` of the assertion, if the issuer requires another one. Default: the endpoint. */
      readonly audience?: string
    }

/** A client that keeps no secret. */
export interface PublicClient {
  /** Client id, as the issuer knows this application. */
  readonly id: string
  readonly method: 'none'
}

/** RFC 6749 appendix A: visible ASCII and space. */
const printable = z.string('1 to 1024 printable characters of ASCII').check(z.regex(/^[\x20-\x7e]{1,1024}$/))

/** The schemas of a client. */
export function clientBySecret(): z.ZodMiniType<Extract<ConfidentialClient, { secret: string }>> {
  return object({
    id: printable,
    secret: printable,
    method: z.exactOptional(z.enum(['client_secret_basic', 'client_secret_post'])),
  })
}

export function clientByKey(): z.ZodMiniType<Extract<ConfidentialClient, { key: unknown }>> {
  return object({
    id: printable,
    key: z.custom<PrivateKeyInput>(
      (value) => isText(value) || isObject(value),
      'PEM, DER, a JSON Web Key, a KeyObject or a CryptoKey',
    ),
    algorithm: z.enum(PUBLIC_KEY_ALGORITHMS),
    keyId: z.exactOptional(text),
    audience: z.exactOptional(text),
  })
}

export function publicClient(): z.ZodMiniType<PublicClient> {
  return object({ id: printable, method: z.literal('none') })
}

export interface ClientCredentials {
  readonly headers: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, string>>
}

export interface ClientAuthentication {
  /**
   * @param now Milliseconds since the epoch.
   * @param endpoint The endpoint to call, which is the assertion's audience unless the client sets one.
   */
  credentials(now: number, endpoint: string): Promise<ClientCredentials>
  ready(): Promise<void>
}

const ASSERTION_SECONDS = 60

/** @see RFC 6749 section 2.3.1, RFC 7523 section 2.2 */
export function createClientAuthentication(
  client: ConfidentialClient | PublicClient,
  path: string,
): ClientAuthentication {
  if ('secret' in client) {
    const credentials = Promise.resolve(bySecret(client))
    return { credentials: () => credentials, ready: async () => {} }
  }
  if (!('key' in client)) {
    const credentials = Promise.resolve({ headers: {}, fields: { client_id: client.id } })
    return { credentials: () => credentials, ready: async () => {} }
  }
  const { id, key, algorithm, keyId = null, audience } = client
  const signer = createJwtSigner(key, algorithm, keyId, `${path}.key`)
  return {
    async credentials(now, endpoint) {
      const iat = Math.floor(now / 1000)
      const jti = globalThis.crypto.randomUUID()
      const claims = { iss: id, sub: id, aud: audience ?? endpoint, jti, iat, exp: iat + ASSERTION_SECONDS }
      return {
        headers: {},
        fields: {
          client_id: id,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await signer.sign(claims),
        },
      }
    },
    ready: () => signer.ready(),
  }
}

function bySecret({ id, secret, method }: Extract<ConfidentialClient, { secret: string }>): ClientCredentials {
  if (method === 'client_secret_post') return { headers: {}, fields: { client_id: id, client_secret: secret } }
  // Encoded first, because a colon or a percent sign in either would be misread.
  return { headers: { authorization: `Basic ${btoa(`${formEncode(id)}:${formEncode(secret)}`)}` }, fields: {} }
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
