import { allOf } from '../async/at-hand.js'
import { andThen, isPending, type MaybePromise } from '../async/maybe-promise.js'
import { sourceReady } from '../verify/source-ready.js'
import type { DecidingPolicy, Emit } from '../events/events.js'
import { policyRefusal, refusalByShape, refusalByStage, type Bearing, type PolicyReason } from './admission.js'
import { stateFor, type CompiledPolicy } from './policy/compiled-policy.js'
import { createEvidenceBuffer, type EvidenceBuffer } from './evidence/evidence-buffer.js'
import type { ParsedMigration } from './options.js'
import type { PolicyMark } from './evidence/watches.js'
import { digestOf } from './policy/policy-content.js'
import { createPolicyHolder, type PolicyHolder } from './policy/policy-holder.js'
import type { Side } from './stage.js'

/** One migration at work in one instance. */
export interface OpenMigration {
  readonly options: ParsedMigration
  readonly policy: PolicyHolder
  readonly evidence: EvidenceBuffer | null
}

/** A verifier's side in a migration. */
export interface Part {
  readonly migration: OpenMigration
  readonly side: Side
}

/** A refusal by the policy of a migration. */
export interface PolicyRefusal extends Part {
  /** `unknown`: no policy was ever read. */
  readonly reason: PolicyReason | 'unknown'
  readonly policy: CompiledPolicy | null
}

/** An instance's migrations, by the verifiers that take part in them. */
export interface Steering {
  readonly migrations: readonly OpenMigration[]
  /** Undefined if the verifier takes part in none. */
  partsOf(verifier: string): readonly Part[] | undefined
}

export function createSteering(migrations: readonly ParsedMigration[], emit: Emit, now: () => number): Steering {
  const parts = new Map<string, Part[]>()
  const open = migrations.map((options) => {
    const migration = openMigration(options, emit, now)
    for (const [side, verifiers] of [
      ['old', options.from],
      ['new', options.to],
    ] as const)
      for (const verifier of verifiers) parts.set(verifier, [...(parts.get(verifier) ?? []), { migration, side }])
    return migration
  })
  return { migrations: open, partsOf: (verifier) => parts.get(verifier) }
}

function openMigration(options: ParsedMigration, emit: Emit, now: () => number): OpenMigration {
  const { name, source, fallback, instance, evidence: store, flushMs } = options
  let mark: PolicyMark | null = null
  let marking: MaybePromise<void> = undefined
  const policyMark = (): MaybePromise<PolicyMark | null> => andThen(marking, () => mark)
  const parts = { migration: name, label: instance, flushMs, policy: policyMark, emit, now }
  const evidence = store === null ? null : createEvidenceBuffer({ ...parts, store })
  const policy = createPolicyHolder({
    migration: name,
    source,
    fallback,
    emit,
    now,
    started: () => evidence?.start(),
    adopted: ({ document }) => {
      const { version } = document
      const marked = andThen(digestOf(document), (digest) => {
        // If two versions follow quickly, the first one's digest may arrive last.
        if (version > (mark?.version ?? 0)) mark = { version, digest }
      })
      marking = isPending(marked) ? marked.catch(() => {}) : undefined
    },
  })
  return { options, policy, evidence }
}

/** The policies' refusal of a credential, with or without a known principal. Null: they accept it. */
export function refusalOf(parts: readonly Part[], bearing: Bearing, now: number): MaybePromise<PolicyRefusal | null> {
  return decide(parts, (policy, side) => policyRefusal(policy, side, bearing, now))
}

/**
 * The policy that decides: with several migrations, the one whose old side this is, because it must accept. Null if no
 * policy decides.
 */
export function decidingPolicy(parts: readonly Part[] | undefined, organization: string | null): DecidingPolicy | null {
  const part = parts?.find(({ side }) => side === 'old') ?? parts?.[0]
  return part === undefined ? null : wordPolicy(part, part.migration.policy.known, organization)
}

/** The policy that refused. */
export function refusingPolicy({ policy, ...part }: PolicyRefusal, organization: string | null): DecidingPolicy | null {
  return wordPolicy(part, policy, organization)
}

function wordPolicy(
  { migration, side }: Part,
  policy: CompiledPolicy | null,
  organization: string | null,
): DecidingPolicy | null {
  if (policy === null) return null
  const { stage } = stateFor(policy, organization)
  return { migration: migration.options.name, version: policy.document.version, stage, side }
}

/** The refusal before verification. Null: the credential must be verified. */
export function refusalUnverified(parts: readonly Part[]): MaybePromise<PolicyRefusal | null> {
  return decide(parts, refusalByShape)
}

/**
 * Whether the policies refuse every credential of these sides, for somebody or for everybody. An unknown policy refuses
 * nothing.
 */
export function isRefusedByStage(
  parts: readonly Part[],
  extent: 'somewhere' | 'everywhere',
  now: number,
): MaybePromise<boolean> {
  return andThen(
    decide(parts, (policy, side) => refusalByStage(policy, side, extent, now)),
    (refusal) => refusal !== null && refusal.reason !== 'unknown',
  )
}

/** Whether the policies refuse every credential of these sides to callers who act for this organization. */
export function isRefusedFor(parts: readonly Part[], organization: string | null, now: number): MaybePromise<boolean> {
  return andThen(
    refusalOf(parts, { organization, issuedAt: null }, now),
    (refusal) => refusal !== null && WHOLE_SIDE.includes(refusal.reason),
  )
}

/** Reasons that do not depend on the time of issue. */
const WHOLE_SIDE: readonly PolicyRefusal['reason'][] = ['retired', 'not_yet', 'acceptance_over']

/**
 * A migration must accept its old side. If a new side belongs to several migrations, it is enough that one accepts it.
 */
function decide(
  parts: readonly Part[],
  refusal: (policy: CompiledPolicy, side: Side) => PolicyReason | null,
): MaybePromise<PolicyRefusal | null> {
  if (parts.length === 1) return ask(parts[0] as Part, refusal)
  return andThen(allOf(parts.map((part) => ask(part, refusal))), (answers) => {
    const old = answers.find((answer, place) => answer !== null && (parts[place] as Part).side === 'old')
    if (old !== undefined) return old
    const news = answers.filter((_, place) => (parts[place] as Part).side === 'new')
    return unanimous(news)
  })
}

/**
 * The refusal if all refuse; null if one accepts or there are none. If one cannot tell, it might accept: that is an
 * outage, never a 401.
 */
function unanimous(refusals: readonly (PolicyRefusal | null)[]): PolicyRefusal | null {
  if (refusals.includes(null)) return null
  const all = refusals as readonly PolicyRefusal[]
  return all.find(({ reason }) => reason === 'unknown') ?? all[0] ?? null
}

function ask(
  part: Part,
  refusal: (policy: CompiledPolicy, side: Side) => PolicyReason | null,
): MaybePromise<PolicyRefusal | null> {
  const policy = part.migration.policy.current()
  return isPending(policy) ? policy.then((late) => judge(part, late, refusal)) : judge(part, policy, refusal)
}

function judge(
  part: Part,
  policy: CompiledPolicy | null,
  refusal: (policy: CompiledPolicy, side: Side) => PolicyReason | null,
): PolicyRefusal | null {
  const reason = policy === null ? 'unknown' : refusal(policy, part.side)
  return reason === null ? null : { ...part, reason, policy }
}

/** Checks before the first request. */
export function migrationsReady(
  steering: Steering | null,
): readonly { readonly name: string; readonly ready: (waitMs?: number) => Promise<unknown> }[] {
  return (steering?.migrations ?? []).flatMap(({ options, policy }) => [
    { name: `migration(${options.name}).policy`, ready: () => policy.ready() },
    { name: `migration(${options.name}).evidence`, ready: (waitMs) => sourceReady(options.evidence, null, waitMs) },
  ])
}

export async function flushEvidence(steering: Steering | null): Promise<void> {
  await Promise.all((steering?.migrations ?? []).map(({ evidence }) => evidence?.flush()))
}

export async function closeMigrations(steering: Steering | null): Promise<void> {
  await Promise.all((steering?.migrations ?? []).flatMap(({ policy, evidence }) => [policy.close(), evidence?.close()]))
}
