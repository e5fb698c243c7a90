import type { ExplainInput } from '../dual-auth.js'
import { policyRefusal, type PolicyReason } from '../migration/admission.js'
import { stateFor } from '../migration/policy/compiled-policy.js'
import type { Side, Stage } from '../migration/stage.js'
import type { Part } from '../migration/steering.js'
import type { Line } from '../request/line.js'
import { credentialOf } from '../route/given-credential.js'
import { present } from '../route/shape.js'
import type { Verifier } from '../route/verifier.js'
import { own } from '../settings/own.js'

/** What the policy of one migration decides about a credential, by its verifier and its unverified date. */
export interface PolicyVerdict {
  readonly verifier: string
  readonly migration: string
  readonly side: Side
  /** Null: unknown, because there is no policy. Requests are answered with 503. */
  readonly version: number | null
  readonly stage: Stage | null
  /** Why even a genuine credential is refused; null: it is not refused. `unknown`: it cannot be determined. */
  readonly refusal: PolicyReason | 'unknown' | null
  /** False if `refusal` depends on the date of the credential, and only its verifier can read the date. */
  readonly isDated: boolean
}

/** For support: verifies nothing and reads only the source of the policy. */
export async function explainPolicy(
  line: Line,
  input: ExplainInput,
  organization: string | null,
): Promise<readonly PolicyVerdict[]> {
  const { steering } = line
  const credential = present(credentialOf(input, line.plan, 'explain'))
  const selection = line.router.select(credential)
  if (steering === null || selection.kind !== 'owned') return []
  const claims = credential.jwt()?.claims
  const issuedAt = claims === undefined ? null : own(claims, 'iat')
  const bearing = { organization, issuedAt: typeof issuedAt === 'number' ? issuedAt : null }
  const owners = selection.owners.map((place) => (line.verifiers[place] as Verifier).name)
  const parts = owners.flatMap((verifier) => (steering.partsOf(verifier) ?? []).map((part) => ({ verifier, part })))
  return Promise.all(
    parts.map(async ({ verifier, part }) => ({ verifier, ...(await verdictOf(part, bearing, line.now())) })),
  )
}

async function verdictOf(
  { migration, side }: Part,
  bearing: { readonly organization: string | null; readonly issuedAt: number | null },
  now: number,
): Promise<Omit<PolicyVerdict, 'verifier'>> {
  const { name } = migration.options
  const policy = await migration.policy.peek()
  if (policy === null) return { migration: name, side, version: null, stage: null, refusal: 'unknown', isDated: true }
  const refusal = policyRefusal(policy, side, bearing, now)
  const { stage } = stateFor(policy, bearing.organization)
  // A session in a cookie has a date, too; it cannot be read here.
  const isDated = bearing.issuedAt !== null || refusal !== 'undated'
  return { migration: name, side, version: policy.document.version, stage, refusal, isDated }
}
