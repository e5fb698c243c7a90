import { planMove, readPolicy, type MovePlan, type PolicyContent, type Query } from '@dualauth/core'
import { object, optionError, parseOptions, verifierName, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { readMoveEvidence, type SeenQuestion } from '../evidence/seen-people.js'
import { storable } from '../sql/id-column.js'
import { retrying } from '../sql/retrying.js'
import { CANCELED, sqlStateOf } from '../sql/sql-state.js'
import { contentText } from './content-text.js'
import type { Policies, PolicyChange, StoredPolicy, WriteOutcome } from './policies-types.js'
import { readGood, readHistory, readNewest, readVersion, writeVersion } from './statements.js'

const whole = wholeBetween(0, Number.MAX_SAFE_INTEGER)
const change = {
  migration: z._default(verifierName, 'default'),
  // The next number must be a version, too.
  expectedVersion: wholeBetween(0, Number.MAX_SAFE_INTEGER - 1),
  actor: storable,
  reason: storable,
  acceptLogouts: z._default(whole, 0),
  force: z._default(z.boolean(), false),
}
const ofMigration = object({ migration: change.migration })
const document = z.custom<PolicyContent>(isDocument, 'a policy document without its version')
const planSchema = object({
  migration: change.migration,
  document,
  acceptLogouts: change.acceptLogouts,
  force: change.force,
})
const writeSchema = object({ ...change, document })
const rollbackSchema = object({ ...change, to: wholeBetween(1, Number.MAX_SAFE_INTEGER) })
const historySchema = object({
  migration: change.migration,
  before: z.exactOptional(wholeBetween(1, Number.MAX_SAFE_INTEGER)),
  limit: z._default(wholeBetween(1, 1000), 100),
})

/**
 * Reads, plans and writes the policies in `dualauth.policy`, for command lines and admin pages. Each write has an actor
 * and a reason, and is audited. Not for the request path; see `postgresPolicy`.
 *
 * @throws {AuthError} `configuration_invalid`: not a function that runs SQL.
 */
export function policies(driver: Query): Policies {
  if (typeof driver !== 'function') throw optionError('policies', 'takes a function that runs SQL')
  const query = retrying(driver)

  async function plan(migration: string, document: PolicyContent, consent: Consent): Promise<Planned> {
    const newest = await readNewest(query, migration)
    const current = (await readGood(query, migration, newest))?.document ?? null
    const evidence = await readMoveEvidence(query, seenQuestion(migration, current, document)).catch(unread)
    const known = evidence === 'unread' ? null : evidence
    const planned = planMove(current, document, known, Date.now(), consent)
    return { newest, plan: evidence === 'unread' ? saidUnread(planned) : planned }
  }

  /** @param content Checked. */
  async function write(migration: string, content: PolicyContent, options: Checked): Promise<WriteOutcome> {
    const { expectedVersion, actor, reason, acceptLogouts, force } = options
    const { newest, plan: planned } = await plan(migration, content, { acceptLogouts, force })
    if ((newest?.version ?? 0) !== expectedVersion) return { ok: false, why: 'changed', newest }
    if (planned.refusal !== null) return { ok: false, why: 'refused', plan: planned }
    const version = await writeVersion(query, {
      migration,
      expectedVersion,
      content: contentText(content),
      actor,
      reason,
      data: { moves: planned.moves, rollbackOf: content.rollbackOf ?? null, acceptLogouts, force },
    })
    if (version === null) return { ok: false, why: 'changed', newest: await readNewest(query, migration) }
    return { ok: true, document: { ...content, version }, plan: planned }
  }

  return {
    async read(migration) {
      return readNewest(query, parseOptions(ofMigration, { migration }, 'policies.read').migration)
    },
    async current(named) {
      const { migration } = parseOptions(ofMigration, { migration: named }, 'policies.current')
      return readGood(query, migration, await readNewest(query, migration))
    },
    async history(options = {}) {
      return readHistory(query, parseOptions(historySchema, options, 'policies.history'))
    },
    async plan(options) {
      const { migration, document, ...consent } = parseOptions(planSchema, options, 'policies.plan')
      return (await plan(migration, checked(document, 'policies.plan.document'), consent)).plan
    },
    async write(options) {
      const { migration, document, ...rest } = parseOptions(writeSchema, options, 'policies.write')
      return write(migration, checked(document, 'policies.write.document'), rest)
    },
    async rollback(options) {
      const { migration, to, ...rest } = parseOptions(rollbackSchema, options, 'policies.rollback')
      const found = to > rest.expectedVersion ? null : await readVersion(query, migration, to)
      if (found === null || found.document === null) return { ok: false, why: 'version_unknown' }
      const { version: rollbackOf, ...content } = found.document
      return write(migration, { ...content, rollbackOf }, rest)
    },
  }
}

interface Consent {
  readonly acceptLogouts: number
  readonly force: boolean
}

type Checked = Consent & Required<Pick<PolicyChange, 'expectedVersion' | 'actor' | 'reason'>>

interface Planned {
  readonly newest: StoredPolicy | null
  readonly plan: MovePlan
}

/** With very many people it takes long; a policy can be changed all the same. */
function unread(error: unknown): 'unread' {
  if (sqlStateOf(error) !== CANCELED) throw error
  return 'unread'
}

function saidUnread(plan: MovePlan): MovePlan {
  const warnings = plan.warnings.map((one): (typeof plan.warnings)[number] =>
    one.code === 'evidence_missing' ? { code: 'evidence_unread' } : one,
  )
  return { ...plan, warnings }
}

/** What to ask the evidence about a change. */
function seenQuestion(migration: string, current: PolicyContent | null, next: PolicyContent): SeenQuestion {
  const before = new Set(placesOf(current))
  const until = next.cutOff?.acceptUntil
  return {
    migration,
    organizations: [...new Set(placesOf(next))].filter((organization) => !before.has(organization)),
    until: until === undefined ? null : Date.parse(until),
  }
}

/** Organizations that a policy names. */
function placesOf(policy: PolicyContent | null): readonly string[] {
  const { organizations = {}, rollout } = policy ?? {}
  const listed = rollout?.unit === 'organization' ? [...(rollout.include ?? []), ...(rollout.exclude ?? [])] : []
  return [...Object.keys(organizations), ...listed]
}

function isDocument(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Object.hasOwn(value, 'version')
}

/**
 * As every instance will read it.
 * @throws {AuthError} `configuration_invalid`, naming each mistake by its path.
 */
function checked(document: PolicyContent, owner: string): PolicyContent {
  const { version: _, ...content } = readPolicy({ ...document, version: 1 }, owner)
  contentText(content, owner)
  return content
}
