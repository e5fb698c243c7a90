import { createHash } from 'node:crypto'
import { assertKnown, type Known } from '../known-options.js'
import { randomLetters } from './session-rows.js'

/** The owner and permissions of a key of the API-key plugin. */
export interface BetterAuthApiKeyOptions {
  /** A user's id, or an organization's id if the plugin is configured for that. */
  readonly referenceId: string
  /** Default: none. */
  readonly prefix?: string
  /** By resource: `{ files: ['read', 'write'] }`. Default: none. */
  readonly permissions?: Readonly<Record<string, readonly string[]>>
  /** Milliseconds since the epoch. Default: never expires. */
  readonly expiresAt?: number
  /** Overrides fields of the row, such as `{ enabled: false }` or `{ remaining: 0 }`. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** A row of the table `apikey` of Better Auth 1.5 and newer. */
export interface BetterAuthApiKeyRow extends Readonly<Record<string, unknown>> {
  readonly id: string
  /** SHA-256 of the whole key, base64url. */
  readonly key: string
  readonly referenceId: string
}

const OPTIONS: Known<BetterAuthApiKeyOptions> = {
  referenceId: true,
  prefix: true,
  permissions: true,
  expiresAt: true,
  fields: true,
}

/** As stored without `disableKeyHashing`, which would store the key itself. */
export function apiKeyRow(options: BetterAuthApiKeyOptions, now: number): { key: string; row: BetterAuthApiKeyRow } {
  assertKnown(options, OPTIONS, 'BetterAuthIssuer.apiKey')
  const { referenceId, prefix = '', permissions, expiresAt, fields } = options
  const key = prefix + randomLetters(64, 52)
  const row = {
    id: randomLetters(32),
    configId: 'default',
    name: null,
    start: key.slice(0, 6),
    prefix: prefix === '' ? null : prefix,
    key: createHash('sha256').update(key).digest('base64url'),
    referenceId,
    refillInterval: null,
    refillAmount: null,
    lastRefillAt: null,
    enabled: true,
    rateLimitEnabled: false,
    rateLimitTimeWindow: null,
    rateLimitMax: null,
    requestCount: 0,
    remaining: null,
    lastRequest: null,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
    createdAt: new Date(now),
    updatedAt: new Date(now),
    permissions: permissions === undefined ? null : JSON.stringify(permissions),
    metadata: null,
    ...fields,
  }
  return { key, row }
}
