import { assertEndpointUrl } from '@dualauth/core/adapter'
import { functionOption, object, optionError, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'

/** The options of `workosTarget`. */
export interface WorkosTargetOptions {
  /** The environment's own API key, `sk_…`. */
  readonly apiKey: string
  /** The name in the ledger, different for each environment of WorkOS. Default `workos`. */
  readonly name?: string
  /** Default `https://api.workos.com`. */
  readonly apiUrl?: string
  /** How long one request may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** Default: the global one. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

const schema = object({
  apiKey: z
    .string("the environment's API key: it begins with sk_")
    .check(z.regex(/^sk_[\x21-\x7e]{8,512}$/, "the environment's API key: it begins with sk_")),
  name: z._default(text, 'workos'),
  apiUrl: z._default(text, 'https://api.workos.com'),
  timeoutMs: z._default(wholeBetween(1, 120_000), 10_000),
  fetch: z.exactOptional(functionOption<NonNullable<WorkosTargetOptions['fetch']>>()),
})

export type Settings = WorkosTargetOptions & Required<Omit<WorkosTargetOptions, 'fetch'>>

export function settingsOf(options: WorkosTargetOptions): Settings {
  const settings: Settings = parseOptions(schema, options, 'workosTarget')
  const apiUrl = assertEndpointUrl(settings.apiUrl, 'workosTarget.apiUrl').replace(/\/+$/, '')
  if (/[?#]/.test(apiUrl)) throw optionError('workosTarget.apiUrl', 'must have no query and no fragment')
  return { ...settings, apiUrl }
}
