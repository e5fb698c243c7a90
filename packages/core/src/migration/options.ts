import * as z from 'zod/mini'
import type { NamingRequest } from '../request/organization.js'
import type { Verifier } from '../route/verifier.js'
import { optionError, parseOptions } from '../settings/options.js'
import { functionOption, nonEmpty, object, text, verifierName, wholeBetween, withMethods } from '../settings/schemas.js'
import type { EvidenceStore } from './evidence/evidence.js'
import {
  assertMinters,
  exchangeOptions,
  parsedExchange,
  type ExchangeOptions,
  type ParsedExchange,
} from './exchange/options.js'
import { readPolicy, type PolicyDocument } from './policy/policy-document.js'
import { parsedShadow, shadowOptions, type ParsedShadow, type ShadowOptions } from './shadow/options.js'
import { pollTime, staticPolicy, type PolicySource } from './policy/policy-source.js'

/** One migration from some verifiers to others, controlled by a policy. */
export interface MigrationOptions<Name extends string = string> {
  /** Used in events, evidence and stored policies, so it must not change. Default `default`. */
  readonly name?: string
  /** Names of the verifiers of the old side. */
  readonly from: readonly Name[]
  /** The verifier of the new side, or its verifiers. */
  readonly to: Name | readonly Name[]
  /** A document that changes only with deployments, or a source that is read while the application runs. */
  readonly policy: PolicyDocument | PolicySource
  /**
   * The policy to use if the source fails or has not answered since startup. The first requests wait up to two seconds
   * for the source. Default: none. Until the source answers, credentials of both sides are answered with 503, because
   * it is unknown whether the old side is still accepted.
   */
  readonly fallback?: PolicyDocument
  /** Stores who was seen on which side. Default: not stored. */
  readonly evidence?: EvidenceStore
  /**
   * The name of this process in evidence, such as its pod: 1 to 100 characters, no control characters. Default: none;
   * each instance has a random id.
   */
  readonly instance?: string
  /** Milliseconds between two writes of evidence, at least 100. Default 5,000. */
  readonly flushMs?: number
  /**
   * Returns false to leave `Deprecation`, `Sunset` and `Link` out of the answer to this request, for example by its
   * path. Default: always true.
   */
  readonly announce?: (request: NamingRequest) => boolean
  /** Exchanges credentials of the old side for sessions of the new side, for `auth.exchange`. Default: no exchange. */
  readonly exchange?: ExchangeOptions
  /**
   * At stage `shadow`, compares the decisions with those that the new side would have made. Needs `onEvent`. Default:
   * no comparison.
   */
  readonly shadow?: ShadowOptions
}

/** Options with defaults filled in. */
export interface ParsedMigration {
  readonly name: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly source: PolicySource
  readonly fallback: PolicyDocument | null
  readonly evidence: EvidenceStore | null
  readonly instance: string | null
  readonly flushMs: number
  readonly announce: ((request: NamingRequest) => boolean) | null
  readonly exchange: ParsedExchange | null
  readonly shadow: ParsedShadow | null
}

const names = nonEmpty(text)
/** People see it in terminals: no control characters, direction marks or invisible characters. */
const label = z
  .string('a text of 1 to 100 visible characters')
  .check(z.regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,100}$/u))
export const migrationOptions: z.ZodMiniType<MigrationOptions> = object({
  name: z._default(verifierName, 'default'),
  from: names,
  to: z.union([text, names], 'the name of a verifier, or a list of names'),
  policy: z.custom<PolicyDocument | PolicySource>(
    (value) => typeof value === 'object' && value !== null,
    'a policy document, or a source such as staticPolicy({ … }) returns',
  ),
  fallback: z.exactOptional(z.custom<PolicyDocument>()),
  evidence: z.exactOptional(
    withMethods<EvidenceStore>(['write'], 'a store with write, such as memoryEvidence() returns'),
  ),
  instance: z.exactOptional(label),
  flushMs: z._default(wholeBetween(100, 3_600_000), 5_000),
  announce: z.exactOptional(functionOption<(request: NamingRequest) => boolean>()),
  exchange: z.exactOptional(exchangeOptions),
  shadow: z.exactOptional(shadowOptions),
})

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseMigrations(
  migrations: readonly MigrationOptions[],
  verifiers: readonly Verifier[],
): readonly ParsedMigration[] {
  const known = verifiers.map(({ name }) => name)
  const from = new Map<string, string>()
  const seen = new Set<string>()
  return migrations.map((options, place) => {
    const path = migrations.length === 1 ? 'createDualAuth.migration' : `createDualAuth.migration[${place}]`
    const { name = 'default', policy, fallback, evidence = null, flushMs = 5_000 } = options
    const { instance = null, announce = null } = options
    const to = typeof options.to === 'string' ? [options.to] : options.to
    if (seen.has(name)) throw optionError(`${path}.name`, `"${name}" is used twice; each migration needs its own name`)
    seen.add(name)
    for (const [side, listed] of [
      ['from', options.from],
      ['to', to],
    ] as const)
      for (const one of listed)
        if (!known.includes(one)) throw optionError(`${path}.${side}`, `"${one}" is not a verifier of this instance`)
    for (const one of options.from) {
      if (to.includes(one)) throw optionError(`${path}.to`, `"${one}" is already on the old side`)
      if (from.has(one)) throw optionError(`${path}.from`, `"${one}" is already the old side of another migration`)
      from.set(one, name)
    }
    const exchange = parsedExchange(options.exchange)
    if (exchange !== null) assertMinters(exchange, { from: options.from, to }, verifiers, `${path}.exchange`)
    return {
      name,
      from: options.from,
      to,
      source: sourceOf(policy, `${path}.policy`, name),
      fallback: fallback === undefined ? null : readPolicy(fallback, `${path}.fallback`),
      evidence,
      instance,
      flushMs,
      announce,
      exchange,
      shadow: parsedShadow(options.shadow, `${path}.shadow`),
    }
  })
}

function sourceOf(policy: PolicyDocument | PolicySource, path: string, name: string): PolicySource {
  if (!isSource(policy)) return staticPolicy(readPolicy(policy, path))
  // Else the instance would follow one policy while people change another.
  if ((policy.migration ?? name) !== name)
    throw optionError(
      path,
      `reads the policy of the migration "${policy.migration}", and this one is named "${name}": give the source \`migration: '${name}'\``,
    )
  // Also checked for the application's own source: a timer of 0 ms would fire without a pause.
  parseOptions(pollTime, policy.pollMs ?? null, `${path}.pollMs`)
  return policy
}

function isSource(policy: PolicyDocument | PolicySource): policy is PolicySource {
  return typeof (policy as Partial<PolicySource>).load === 'function'
}
