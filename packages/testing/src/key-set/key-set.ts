import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PublicJwk } from '@dualauth/core'
import { answer, type AnswerMode } from '../http/broken-answers.js'
import { assertKnown, type Known } from '../known-options.js'
import { signJwt } from '../jwt/sign-jwt.js'
import { createSigningKey, type KeyPairAlgorithm, type SigningKey } from '../jwt/signing-key.js'

/** `no-keys`: the document has no list of keys. `empty`: the list is empty. */
export type KeySetMode = AnswerMode | 'no-keys' | 'empty'

/** A published key set and its signing key, which a test can change while it runs. */
export interface KeySet {
  /** How the endpoint answers from now on. */
  mode: KeySetMode
  /** The published keys. A test may set any value. */
  keys: readonly unknown[]
  /** Further header fields of its 200 answers, such as `cache-control`. */
  headers: Readonly<Record<string, string>>
  /** Number of requests that arrived. */
  readonly fetches: number
  /** Path of the last request. */
  readonly path: string
  readonly signingKey: SigningKey
  /** Signs with a new key from now on. With `overlap` (the default), the old keys stay published. */
  rotate(options?: RotateOptions): SigningKey
  /** Stops publishing the key. */
  withdraw(kid: string): void
  /** Signs with the current key. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): string
}

/** The options of `KeySet.rotate`. */
export interface RotateOptions {
  /** Whether the old keys stay published. Default true. */
  readonly overlap?: boolean
}

/** The options of `startKeySetServer`. */
export interface KeySetOptions {
  /** Algorithm of the signing key. Default `ES256`. */
  readonly algorithm?: KeyPairAlgorithm
  /** Published instead of the signing key. */
  readonly keys?: readonly unknown[]
}

/** A key set and the function that answers requests for it. */
export interface ServedKeySet {
  readonly keySet: KeySet
  respond(request: IncomingMessage, response: ServerResponse): void
}

const ROTATE: Known<RotateOptions> = { overlap: true }

export function createKeySet({ algorithm = 'ES256', keys }: KeySetOptions = {}): ServedKeySet {
  const first = createSigningKey(algorithm)
  const state = {
    signingKey: first,
    mode: 'ok' as KeySetMode,
    keys: keys ?? [first.publicJwk],
    headers: {} as Readonly<Record<string, string>>,
    fetches: 0,
    path: '',
  }
  const keySet: KeySet = Object.assign(state, {
    rotate(options: RotateOptions = {}) {
      assertKnown(options, ROTATE, 'KeySet.rotate')
      const { overlap = true } = options
      state.signingKey = createSigningKey(algorithm)
      state.keys = [...(overlap ? state.keys : []), state.signingKey.publicJwk]
      return state.signingKey
    },
    withdraw(kid: string) {
      state.keys = state.keys.filter((key) => (key as PublicJwk | null)?.kid !== kid)
    },
    sign(claims: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}) {
      const { kid, privateKey } = state.signingKey
      return signJwt({ algorithm, key: privateKey, header: { alg: algorithm, kid, ...header }, claims })
    },
  } satisfies Partial<KeySet>)
  return {
    keySet,
    respond(request, response) {
      state.fetches++
      state.path = request.url ?? ''
      if (state.mode === 'no-keys') return answer('ok', request, response, '{"keys":null}')
      if (state.mode === 'empty') return answer('ok', request, response, '{"keys":[]}')
      answer(state.mode, request, response, JSON.stringify({ keys: state.keys }), state.headers)
    },
  }
}
