import * as z from 'zod/mini'
import { andThen, type MaybePromise } from '../../async/maybe-promise.js'
import { optionError, parseOptions } from '../../settings/options.js'
import { functionOption, object, wholeBetween } from '../../settings/schemas.js'
import { readPolicy, type PolicyDocument } from './policy-document.js'

/** What a source has now. */
export interface LoadedPolicy {
  /** Untrusted: it is checked before it is adopted. */
  readonly document: unknown
  /**
   * When this version was written, in milliseconds since the epoch. An instance that starts later need not wait for the
   * settle delay again. Null or left out: not known.
   */
  readonly writtenAt?: number | null
  /**
   * Where `document` is no policy: the newest one before it that is, for instances that have none yet. Untrusted, too. Null or
   * left out: there is none, or it is not known.
   */
  readonly lastGood?: Pick<LoadedPolicy, 'document' | 'writtenAt'> | null
  /**
   * Why the document may not be what anybody meant, such as switches that are not set: the event `policy_assumed` says so. Without
   * secrets. Left out: somebody wrote it.
   */
  readonly assumed?: string
}

/** Where a policy comes from while the application runs. */
export interface PolicySource {
  /**
   * The newest version; null where none was ever written. A throw means "cannot tell": the last good one stays. The very
   * object that it returned before means that nothing has changed.
   */
  load(): MaybePromise<LoadedPolicy | null>
  /** Milliseconds between two looks, from 100 to an hour. Left out or null: the policy never changes in this process. */
  readonly pollMs?: number | null
  /**
   * Calls `changed` when it is worth looking at once, such as on a notification. Returns what stops that; `close` of the
   * instance waits for it, for two seconds at most.
   */
  watch?(changed: () => void): MaybePromise<() => unknown>
  /** Rejects where it cannot be asked now. Default: it is asked by `load`. */
  ready?(): MaybePromise<unknown>
}

/**
 * A policy that changes with a deployment only.
 * @throws {AuthError} `configuration_invalid`, naming each mistake by its path.
 */
export function staticPolicy(document: PolicyDocument): PolicySource {
  const checked = readPolicy(document, 'staticPolicy')
  return { load: () => ({ document: checked }) }
}

/** How a function is asked for the policy. */
export interface CustomPolicyOptions {
  /** Milliseconds between two looks, from 100. Default 500; null asks once. */
  readonly pollMs?: number | null
  /** Calls `changed` when it is worth looking at once. Returns what stops that. */
  readonly watch?: PolicySource['watch']
}

/**
 * A policy from anywhere, such as a service for feature flags. The function returns the newest document, or null where there
 * is none; a throw keeps the last good one.
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
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

/** How often a source may ask to be asked, in milliseconds; null: never again. */
export const pollTime: z.ZodMiniType<number | null> = z.nullable(wholeBetween(100, 3_600_000))

const schema = object({
  pollMs: z._default(pollTime, 500),
  watch: z.exactOptional(functionOption<NonNullable<PolicySource['watch']>>()),
})
