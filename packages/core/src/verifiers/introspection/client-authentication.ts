import type { PublicKeyAlgorithm } from '../../crypto/port.js'
import type { PrivateKeyInput } from '../../keys/import/import-private-key.js'
import { createJwtSigner } from '../../keys/sign-jwt.js'

/** How this API shows the issuer who is asking: a secret, or a key that signs a short-lived assertion. */
export type IntrospectionClient =
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
      /** How the assertion is signed; it must fit the key. */
      readonly algorithm: PublicKeyAlgorithm
      /** `kid` of the assertion. Default: none. */
      readonly keyId?: string
      /** `aud` of the assertion, where the issuer wants another one. Default: the endpoint. */
      readonly audience?: string
    }

export interface ClientCredentials {
  readonly headers: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, string>>
}

export interface ClientAuthentication {
  /** @param now Milliseconds since the epoch. */
  credentials(now: number): Promise<ClientCredentials>
  ready(): Promise<void>
}

const ASSERTION_SECONDS = 60

/** @see RFC 6749 section 2.3.1, RFC 7523 section 2.2 */
export function createClientAuthentication(
  client: IntrospectionClient,
  endpoint: string,
  path: string,
): ClientAuthentication {
  if ('secret' in client) {
    const credentials = Promise.resolve(bySecret(client))
    return { credentials: () => credentials, ready: async () => {} }
  }
  const { id, key, algorithm, keyId = null, audience = endpoint } = client
  const signer = createJwtSigner(key, algorithm, keyId, `${path}.key`)
  return {
    async credentials(now) {
      const iat = Math.floor(now / 1000)
      const jti = globalThis.crypto.randomUUID()
      const claims = { iss: id, sub: id, aud: audience, jti, iat, exp: iat + ASSERTION_SECONDS }
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

function bySecret({ id, secret, method }: Extract<IntrospectionClient, { secret: string }>): ClientCredentials {
  if (method === 'client_secret_post') return { headers: {}, fields: { client_id: id, client_secret: secret } }
  // Encoded first, because a colon or a percent sign in either would be read as something else.
  return { headers: { authorization: `Basic ${btoa(`${formEncode(id)}:${formEncode(secret)}`)}` }, fields: {} }
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
