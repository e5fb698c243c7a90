import { LRUCache } from 'lru-cache'
import * as z from 'zod/mini'
import { between } from '../../settings/schemas.js'
import { createCoalesce } from '../../async/coalesce.js'
import { promised, type MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'
import type { PublicKeyInput } from '../import/import-key.js'
import { withCurrency } from './currency.js'
import { hasPassed } from '../../outbound/has-passed.js'
import { KeysUnavailable, type KeySource } from './key-source.js'

/** What one issuer signs with; exactly one of these. */
export type IssuerKeys =
  | { readonly secrets: readonly (string | Uint8Array)[] }
  | { readonly keys: readonly PublicKeyInput[] }
  | { readonly keySetUrl: string }

/**
 * Looks up an issuer in a table of the app. Null: unknown here. The issuer comes from an unverified token, so use it as
 * a parameter, never as an address.
 */
export type FindIssuer = (issuer: string) => MaybePromise<IssuerKeys | null | undefined>

export interface IssuerDirectoryParts {
  readonly find: FindIssuer
  /** How long an answer is valid, in milliseconds. */
  readonly maxAgeMs: number
  /** Opens the keys of an answer; throws if the answer is invalid. */
  readonly open: (answer: IssuerKeys, issuer: string) => KeySource
  readonly now: () => number
}

/** The issuers that an app finds while it runs, each with its own keys. */
export interface IssuerDirectory {
  /** Null: unknown. Throws or rejects if it cannot tell. */
  keysOf(issuer: string): MaybePromise<KeySource | null>
  close(): void
}

/** The schema of how long an answer is valid. Default 5 minutes. */
export const issuersMaxAge: z.ZodMiniExactOptional<z.ZodMiniType<number>> = z.exactOptional(between(1_000, 86_400_000))
export const DEFAULT_ISSUERS_MAX_AGE_MS = 300_000

const MAX_ISSUERS = 1_000
const MAX_UNKNOWN = 10_000
const MAX_ISSUER_LENGTH = 255
/** An unknown issuer is looked up again after this time, so a new one waits no longer. */
const UNKNOWN_MS = 5_000
const TIMEOUT_MS = 5_000
/** Maximum concurrent look-ups: names in junk are all different. */
const MAX_LOOK_UPS = 100

interface Known {
  readonly source: KeySource
  readonly url: string | null
  foundAt: number
  close(): void
}

/**
 * Answers are kept for `maxAgeMs`, concurrent callers for the same issuer share one look-up, and unknown issuers are
 * remembered separately, so that junk displaces no known issuer.
 */
export function createIssuerDirectory({ find, maxAgeMs, open, now }: IssuerDirectoryParts): IssuerDirectory {
  const known = new LRUCache<string, Known>({ max: MAX_ISSUERS, dispose: (entry) => entry.close() })
  const unknown = new LRUCache<string, number>({ max: MAX_UNKNOWN })
  const lookUps = createCoalesce<KeySource | null>({ waitMs: TIMEOUT_MS })
  let underWay = 0

  async function ask(issuer: string): Promise<IssuerKeys | null> {
    // Issuers that were found before are always looked up again, because junk does not name them.
    if (underWay >= MAX_LOOK_UPS && !known.has(issuer))
      throw new KeysUnavailable('issuers: too many look-ups at a time', 1_000)
    underWay++
    try {
      const answer = await within(
        Promise.resolve(promised(find(issuer))).then((value) => ({ value: value ?? null })),
        TIMEOUT_MS,
      )
      if (answer === null) throw new Error(`issuers: no answer within ${TIMEOUT_MS} ms`)
      return answer.value
    } finally {
      underWay--
    }
  }

  async function lookUp(issuer: string): Promise<KeySource | null> {
    const startedAt = now()
    const answer = await ask(issuer)
    if (answer === null) {
      known.delete(issuer)
      unknown.set(issuer, startedAt)
      return null
    }
    const url = 'keySetUrl' in answer ? answer.keySetUrl : null
    const before = known.get(issuer)
    if (before !== undefined && url !== null && before.url === url) before.foundAt = startedAt
    else known.set(issuer, enter(issuer, open(answer, issuer), url, startedAt))
    return (known.get(issuer) as Known).source
  }

  /** Keys that expire with their entry: their tokens are then verified again. */
  function enter(issuer: string, keys: KeySource, url: string | null, foundAt: number): Known {
    const source = withCurrency({
      ...keys,
      find: (algorithm, kid, signsFor) => (isHeld(issuer, entry) ? keys.find(algorithm, kid, signsFor) : []),
    })
    const entry: Known = { source, url, foundAt, close: () => keys.close() }
    return entry
  }

  function isHeld(issuer: string, entry: Known): boolean {
    return known.peek(issuer) === entry && !hasPassed(now(), entry.foundAt, maxAgeMs)
  }

  return {
    keysOf(issuer) {
      const entry = known.get(issuer)
      if (entry !== undefined && isHeld(issuer, entry)) return entry.source
      const missedAt = unknown.get(issuer)
      if (missedAt !== undefined && !hasPassed(now(), missedAt, UNKNOWN_MS)) return null
      if (issuer === '' || issuer.length > MAX_ISSUER_LENGTH) return null
      return lookUps.join(issuer, () => lookUp(issuer))
    },
    close: () => known.clear(),
  }
}
