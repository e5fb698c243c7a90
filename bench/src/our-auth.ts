import { createDualAuth, legacyJwt, type DualAuthOptions } from '@dualauth/core'
import { prometheusMetrics } from '@dualauth/metrics'
import { Registry } from 'prom-client'
import { AUDIENCE, ISSUER, type SigningKey } from './tokens.js'

/** One configuration for everything that judges home-grown tokens. */
export function createAuth(
  { algorithm, jwk, privateKey }: Pick<SigningKey, 'algorithm' | 'jwk'> & { readonly privateKey?: unknown },
  options: Pick<DualAuthOptions, 'remember' | 'onEvent'> = {},
) {
  const keys = jwk === null ? { secrets: [privateKey as Buffer] } : { keySet: { keys: [jwk] } }
  return createDualAuth({
    ...options,
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: [algorithm],
        ...keys,
        issuer: ISSUER,
        audience: AUDIENCE,
        purpose: 'only-access-tokens',
      }),
    ],
  })
}

/** The same while its decisions are counted. */
export function createCountedAuth(key: Parameters<typeof createAuth>[0]): ReturnType<typeof createAuth> {
  const counted = prometheusMetrics({ register: new Registry() })
  const auth = createAuth(key, { onEvent: counted.onEvent })
  counted.watch(auth)
  return auth
}

export interface RawRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly string[]
}

/** As Node hands it over, with the usual fields around the credential. */
export function requestWith(name: string, value: string): RawRequest {
  const headers = { host: 'api.example.com', connection: 'keep-alive', [name.toLowerCase()]: value }
  return { method: 'GET', headers, rawHeaders: ['Host', headers.host, 'Connection', headers.connection, name, value] }
}

interface Authenticates {
  authenticate(
    request: RawRequest,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly error: Error & { readonly status: number } }>
}

/** A wrong answer while measuring is a bug of the bench or of ours: it ends the run. */
export async function mustAccept(auth: Authenticates, request: RawRequest): Promise<void> {
  const result = await auth.authenticate(request)
  if (!result.ok) throw result.error
}

export async function mustRefuse(auth: Authenticates, request: RawRequest, status = 401): Promise<void> {
  const result = await auth.authenticate(request)
  if (result.ok || result.error.status !== status) throw new Error(`was not refused with ${status}`)
}
