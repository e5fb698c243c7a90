import * as z from 'zod/mini'
import { andThen, type MaybePromise } from '../../async/maybe-promise.js'
import { optionError, parseOptions } from '../../settings/options.js'
import { functionOption, object, wholeBetween } from '../../settings/schemas.js'
import type { FeedAbout } from '../../route/about.js'
import { readPolicy, type PolicyDocument } from './policy-document.js'

/** The current content of a source. */
export interface LoadedPolicy {
  /** Untrusted: it is checked before it is adopted. */
  readonly document: unknown
  /**
   * When this version was written, in milliseconds since the epoch. An instance that starts later does not wait for the
   * settle delay again. Null or absent: unknown.
   */
  readonly writtenAt?: number | null
  /**
   * If `document` is invalid: the newest valid policy before it, for instances that have none yet. Untrusted, too. Null
   * or absent: none, or unknown.
   */
  readonly lastGood?: Pick<LoadedPolicy, 'document' | 'writtenAt'> | null
  /**
   * Why the document may be unintended, such as unset switches. Reported by the event `policy_assumed`. Must not
   * contain secrets. Absent: it is intended.
   */
  readonly assumed?: string
}

/** A source of the policy while the application runs. */
export interface PolicySource {
  /**
   * Returns the newest version; null if none was ever written. A throw means "cannot tell": the last good policy stays
   * in force. Returning the same object as before means that nothing has changed.
   */
  load(): MaybePromise<LoadedPolicy | null>
  /** Milliseconds between two reads, from 100 to an hour. Absent or null: the policy never changes in this process. */
  readonly pollMs?: number | null
  /**
   * Calls `changed` when the policy should be read immediately, for example on a notification. Returns a function that
   * stops this; `close` of the instance waits up to two seconds for it.
   */
  watch?(changed: () => void): MaybePromise<() => unknown>
  /** The migration whose policy it reads: must equal the `name` of the migration. Absent: not checked. */
  readonly migration?: string
  /** Rejects if the source is not available. Default: `load` is called. */
  ready?(): MaybePromise<unknown>
  /** For `auth.inspect`. */
  readonly about?: FeedAbout
}

/**
 * A policy that changes only with a deployment.
 * @throws {AuthError} `configuration_invalid`, naming each mistake by its path.
 */
export function staticPolicy(document: PolicyDocument): PolicySource {
  const checked = readPolicy(document, 'staticPolicy')
  return { load: () => ({ document: checked }) }
}

/** The options of `customPolicy`. */
export interface CustomPolicyOptions {
  /** Milliseconds between two calls, at least 100. Default 500; null: it is called once. */
  readonly pollMs?: number | null
  /** Calls `changed` when the policy should be read immediately. Returns a function that stops this. */
  readonly watch?: PolicySource['watch']
}

/**
 * A policy from any source, such as a service for feature flags. The function returns the newest document, or null if
 * there is none. If it throws, the last good policy stays in force.
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function customPolicy(load: () => MaybePromise<unknown>, options: CustomPolicyOptions = {}): PolicySource {
  const { pollMs, watch } = parseOptions(schema, options, 'customPolicy')
  if (typeof load !== 'function') throw optionError('customPolicy', 'takes a function that returns the document')
  return {
    load: () => andThen(load(), (document) => (document === null || document === undefined ? null : { document })),
    pollMs,
    ...(watch !== undefined && { watch }),
  }
}

/** The allowed polling interval of a source, in milliseconds; null: no polling. */
export const pollTime: z.ZodMiniType<number | null> = z.nullable(wholeBetween(100, 3_600_000))

const schema = object({
  pollMs: z._default(pollTime, 500),
  watch: z.exactOptional(functionOption<NonNullable<PolicySource['watch']>>()),
})
