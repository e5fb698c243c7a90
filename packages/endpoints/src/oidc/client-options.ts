import { assertEndpointUrl } from '@dualauth/core/adapter'
import { functionOption, optionError, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { clientAuthentication, createOidcClient, type OidcClient } from './oidc-client.js'

type Method = 'client_secret_basic' | 'client_secret_post'

/** What whoever is a client of a provider takes, besides `timeoutMs`. */
export const oidcClientOptions: {
  readonly issuer: z.ZodMiniType<string>
  readonly clientId: z.ZodMiniType<string>
  readonly clientSecret: z.ZodMiniExactOptional<z.ZodMiniType<string>>
  readonly method: z.ZodMiniType<Method>
  readonly parameters: z.ZodMiniType<Record<string, string>>
  readonly fetch: z.ZodMiniExactOptional<z.ZodMiniType<typeof fetch>>
  readonly now: z.ZodMiniType<() => number>
} = {
  issuer: text,
  clientId: text,
  clientSecret: z.exactOptional(text),
  method: z._default(z.enum(['client_secret_basic', 'client_secret_post']), 'client_secret_basic'),
  parameters: z._default(z.record(text, z.string()), {}),
  fetch: z.exactOptional(functionOption<typeof fetch>()),
  now: z._default(functionOption<() => number>(), () => Date.now),
}

interface ClientSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: string | undefined
  readonly method: Method
  readonly parameters: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly fetch?: typeof fetch | undefined
  readonly now: () => number
}

/**
 * The client of these options.
 * @param path Whose they are, for messages.
 * @param ofTheProtocol Parameters that no option replaces.
 * @throws {AuthError} `configuration_invalid`
 */
export function openClient(path: string, settings: ClientSettings, ofTheProtocol: readonly string[]): OidcClient {
  const { issuer, clientId, clientSecret, method, parameters, timeoutMs, fetch: own, now } = settings
  assertEndpointUrl(issuer, `${path}.issuer`)
  for (const name of Object.keys(parameters))
    if (ofTheProtocol.includes(name)) throw optionError(`${path}.parameters.${name}`, 'is set by the protocol')
  const authentication = clientAuthentication(clientSecret, method)
  return createOidcClient({ issuer: new URL(issuer), clientId, authentication, timeoutMs, fetch: own }, now)
}
