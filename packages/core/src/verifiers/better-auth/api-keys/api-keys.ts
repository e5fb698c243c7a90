import { sourceReady } from '../../../verify/source-ready.js'
import { ownerOf } from '../../../settings/options.js'
import * as crypto from '#crypto'
import type { Presented, Shape } from '../../../route/shape.js'
import {
  rejected,
  type Demand,
  type VerifiedIdentity,
  type Verification,
  type Verifier,
} from '../../../route/verifier.js'
import { identityOf } from '../../../verify/identity.js'
import { isPlainText, organizationOwners, userOwners, type KeyOwner } from './api-key-owners.js'
import { findKeys, KEY_FIELDS, type FoundKey, type KeyNames, type KeyRow } from './api-key-row.js'
import { countUsage, judgeUsage, type Usage } from './api-key-usage.js'
import { parseApiKeysOptions, type BetterAuthApiKeysOptions, type ParsedApiKeysOptions } from './api-keys-options.js'
import { toMilliseconds } from '../../../sql/column-values.js'
import { namesOf } from '../../../sql/names.js'
import { USER_FIELDS } from '../sessions/sql-users.js'

/** The type of `principal.claims` for an API key of Better Auth. */
export interface BetterAuthApiKeyClaims {
  readonly keyId: string
  readonly name: string | null
  readonly configId: string
  readonly scopes: readonly string[]
}

/**
 * Verifies API keys of Better Auth's plugin in the plugin's table, looked up by SHA-256.
 *
 * Decides that the key is known, enabled, not expired and within its limits, which are counted as the plugin does, and
 * that its owner exists and is not banned (the plugin does not check this). Its permissions only narrow the owner's,
 * which come from `link`.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://better-auth.com/docs/plugins/api-key
 */
export function betterAuthApiKeys<const Name extends string>(
  options: BetterAuthApiKeysOptions<Name>,
): Verifier<Name, BetterAuthApiKeyClaims> {
  const owner = ownerOf('betterAuthApiKeys', options)
  const parsed = parseApiKeysOptions(options, owner)
  const { prefix, minLength, maxLength, bearer, headers } = parsed
  const shape: Shape = { kind: 'prefix', carriage: { bearer, headers, cookies: [] }, prefix, minLength, maxLength }
  const look = lookUps(parsed)
  return {
    name: options.name,
    shapes: [shape],
    chained: true,
    about: { kind: 'betterAuthApiKeys' },
    counts: parsed.countUsage,
    alwaysFresh: parsed.countUsage,
    open: (context) => ({
      verify: (credential, demand) => judge(parsed, look, credential, demand, context.now()),
      // Looks up a hash that no key has.
      ready: (waitMs) => sourceReady({ ready: () => look.key('') }, `${owner}.query`, waitMs),
      close: () => {},
    }),
  }
}

type Outcome = Verification<BetterAuthApiKeyClaims>

interface LookUps {
  readonly names: KeyNames
  key(hash: string): Promise<FoundKey | null>
  /** The owner, or why the key is refused. */
  owner(found: FoundKey, now: number): Promise<KeyOwner | 'banned' | null>
}

function lookUps({ name, query, tables, columns, references, ownerField }: ParsedApiKeysOptions): LookUps {
  const names = namesOf('apikey', KEY_FIELDS, tables, columns)
  const owners =
    references === 'organization'
      ? organizationOwners(query, namesOf('organization', ['id'], tables, columns))
      : userOwners(name, query, namesOf('user', USER_FIELDS, tables, columns))
  const find = findKeys(query, names, ownerField, owners.join)
  // Set once the first key has shown that the two ids can be compared: a failing statement may abort a transaction of
  // the app.
  let isJoined = false
  return {
    names,
    async key(hash) {
      if (!isJoined) return find.alone(hash)
      try {
        return await find.withOwner(hash)
      } catch {
        // The types may have changed since.
        isJoined = false
        return find.alone(hash)
      }
    },
    async owner(found, now) {
      const { ownerId } = found.key
      if (ownerId === null) return null
      const row = owners.idColumn in found.row ? found.row : await owners.find(ownerId)
      const id = row?.[owners.idColumn] ?? null
      if (row === null || id === null) return null
      isJoined ||= isPlainText(id)
      return owners.read(row, ownerId, now)
    },
  }
}

/**
 * A request that loses a race reads and judges again. Each time another one has finished, so a few rounds are enough.
 */
const MAX_ROUNDS = 5

async function judge(
  options: ParsedApiKeysOptions,
  look: LookUps,
  { value }: Presented,
  { counted = false }: Demand,
  now: number,
): Promise<Outcome> {
  try {
    const hash = await crypto.sha256(value)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const outcome = await judgeOnce(options, look, hash, counted, now)
      if (outcome !== null) return outcome
    }
    return { outcome: 'unavailable', cause: new Error('apikey: too many requests at once to count') }
  } catch (cause) {
    return { outcome: 'unavailable', cause }
  }
}

/** Null if another request was counted in between. */
async function judgeOnce(
  options: ParsedApiKeysOptions,
  look: LookUps,
  hash: string,
  counted: boolean,
  now: number,
): Promise<Outcome | null> {
  const found = await look.key(hash)
  if (found === null || found.key.configId !== options.configId) return { outcome: 'not-mine' }
  const { key } = found
  if (!key.enabled) return rejected('credential_revoked', 'revoked')
  if (key.expiresAt !== null && key.expiresAt <= now) return rejected('credential_expired', 'expired')
  const owner = await look.owner(found, now)
  if (owner === null) return rejected('credential_revoked', 'user_unknown')
  if (owner === 'banned') return rejected('account_banned', 'banned')
  const usage: Usage = counted ? { kind: 'free' } : judgeUsage(key.limits, now)
  if (usage.kind === 'exceeded' && (options.countUsage || (key.limits.remaining ?? 1) <= 0))
    return limited(usage.retryAfterMs)
  if (usage.kind === 'counted' && options.countUsage) {
    if (!(await countUsage(options.query, look.names, key, usage, now))) return null
  }
  return { outcome: 'accepted', identity: keyIdentity(options, key, owner) }
}

function limited(retryAfterMs: number | null): Outcome {
  const refusal = { outcome: 'rejected', code: 'rate_limited', reason: 'rate_limited' } as const
  return retryAfterMs === null
    ? refusal
    : { ...refusal, retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) }
}

function keyIdentity(
  { name, withoutPermissions }: ParsedApiKeysOptions,
  { id, name: label, configId, scopes: stored, expiresAt, limits }: KeyRow,
  { subject, kind, organization, roles, email }: KeyOwner,
): VerifiedIdentity<BetterAuthApiKeyClaims> {
  const createdAt = toMilliseconds(limits.createdAt)
  const scopes = Object.freeze([...(stored ?? (withoutPermissions === 'everything' ? ['*'] : []))])
  return identityOf({
    issuer: name,
    subject,
    kind,
    claims: Object.freeze({ keyId: String(id), name: label, configId, scopes }),
    organization,
    roles,
    scopes,
    keyId: String(id),
    email: email ?? null,
    expiresAt: expiresAt === null ? null : Math.floor(expiresAt / 1000),
    issuedAt: createdAt === null ? null : Math.floor(createdAt / 1000),
  })
}
