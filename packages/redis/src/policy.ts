import { AuthError, readPolicy, type LoadedPolicy, type PolicyDocument, type PolicySource } from '@dualauth/core'
import { object, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { redisClient, sendOf, type RedisClient } from './client.js'
import { keyPrefix } from './options.js'

/** The options of `redisPolicy`. */
export interface RedisPolicyOptions {
  /** Connected, with a listener for `error`. */
  readonly client: RedisClient
  /** Put before the key `policy:<migration>`. Default `dualauth:`. */
  readonly prefix?: string
  /** Default `default`. */
  readonly migration?: string
  /** Milliseconds between two polls, at least 100. Default 500. */
  readonly pollMs?: number
}

/** A policy in Redis: a source that can also publish. */
export interface RedisPolicy extends PolicySource {
  /**
   * Writes a version newer than the current one; it takes effect in all instances within `pollMs`.
   * @throws {AuthError} `configuration_invalid`: not a valid policy, naming each mistake, or not a newer version.
   */
  publish(document: PolicyDocument): Promise<void>
}

const schema = object({
  client: redisClient,
  prefix: z._default(keyPrefix, 'dualauth:'),
  migration: z._default(text, 'default'),
  pollMs: z._default(wholeBetween(100, 3_600_000), 500),
})

/**
 * Of two writers at once, the higher version wins; of two equal ones, only one is written. An invalid policy is
 * overwritten.
 */
const PUBLISH = `
local there = redis.call('GET', KEYS[1])
if there then
  local isJson, kept = pcall(cjson.decode, there)
  local document = isJson and type(kept) == 'table' and kept.document
  local version = type(document) == 'table' and document.version
  if type(version) == 'number' and version >= tonumber(ARGV[2]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1])
return 1`

/**
 * The policy of a migration in one key of Redis. It keeps only the newest version and no history; for a history, gates
 * and an audit, use `postgresPolicy`. If Redis lost the policy or holds an older one, an instance that has read the
 * newest writes it again.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @example
 * createDualAuth({ …, migration: { from, to, policy: redisPolicy({ client }) } })
 */
export function redisPolicy(options: RedisPolicyOptions): RedisPolicy {
  const { client, prefix, migration, pollMs } = parseOptions(schema, options, 'redisPolicy')
  const send = sendOf(client)
  const key = `${prefix}policy:${migration}`
  let read: Kept | null = null
  /** The newest valid policy seen. */
  let newest: Kept | null = null

  /** If Redis lost its data, starting instances would have no policy at all. */
  async function restore(): Promise<LoadedPolicy | null> {
    if (newest === null) return null
    // A client that may only read leaves this to others.
    await send('SET', key, newest.text, 'NX').catch(() => null)
    return newest.loaded
  }

  /** An instance that had not read the newest has written an older one: starting instances would follow that. */
  async function replace(kept: Kept): Promise<void> {
    await send('EVAL', PUBLISH, '1', key, kept.text, String(versionOf(kept))).catch(() => null)
  }

  return {
    migration,
    pollMs,
    about: { kind: 'redis', key },
    async load() {
      const text = await send('GET', key)
      if (typeof text !== 'string') return restore()
      // Returning the same object says that nothing has changed.
      if (read?.text === text) return read.loaded
      read = { text, loaded: parse(text) }
      const version = versionOf(read)
      if (version > versionOf(newest)) newest = read
      // An invalid policy stays, so that its author sees the mistake.
      if (newest !== null && version > 0 && version < versionOf(newest)) {
        read = newest
        await replace(newest)
      }
      return read.loaded
    },
    async publish(document) {
      const checked = readPolicy(document, 'publish')
      const text = JSON.stringify({ document: checked, writtenAt: Date.now() })
      if (Number(await send('EVAL', PUBLISH, '1', key, text, String(checked.version))) === 1) return
      throw new AuthError('configuration_invalid', {
        message: `publish.version: must be newer than the current version; ${checked.version} is not`,
      })
    },
  }
}

/** What was stored, and what it says. */
interface Kept {
  readonly text: string
  readonly loaded: LoadedPolicy
}

/** 0: not a policy. */
function versionOf(kept: Kept | null): number {
  try {
    return kept === null ? 0 : readPolicy(kept.loaded.document).version
  } catch {
    return 0
  }
}

/** The content is checked by the instance that adopts it. */
function parse(text: string): LoadedPolicy {
  try {
    const { document, writtenAt } = JSON.parse(text) as { readonly document?: unknown; readonly writtenAt?: unknown }
    return { document, writtenAt: typeof writtenAt === 'number' ? writtenAt : null }
  } catch {
    return { document: null }
  }
}
