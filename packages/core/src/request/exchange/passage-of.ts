import { AuthError } from '../../errors/auth-error.js'
import type { Principal } from '../../identity/principal.js'
import { exchangeRefusal } from '../../migration/admission.js'
import { issuance, settledAt } from '../../migration/issuance.js'
import { noticeOf } from '../../migration/notice.js'
import type { Part } from '../../migration/steering.js'
import type { Line } from '../line.js'
import type { Passage } from './old-session.js'
import { exchangeRefused, stillSettling } from './refusals.js'

/**
 * Where a principal's credential may be exchanged: on the side that issues for this person. `current`: the person is
 * already there.
 *
 * @throws {AuthError} `exchange_refused`, `legacy_retired`, `policy_unavailable`, `rate_limited`, `sign_in_required`
 */
export async function passageOf(line: Line, principal: Principal): Promise<Passage | 'current'> {
  assertPerson(principal)
  const parts = (line.steering?.partsOf(principal.verifier) ?? []).filter(
    ({ migration }) => migration.options.exchange !== null,
  )
  // In a chain of migrations, forward first.
  const ordered = [...parts].sort((a, b) => Number(a.side === 'new') - Number(b.side === 'new'))
  const found: (Passage | 'current' | AuthError)[] = []
  for (const part of ordered) found.push(await byPart(line, part, principal))
  const passage = found.find((one) => typeof one === 'object' && !(one instanceof AuthError))
  const decided = passage ?? found.find((one) => one === 'current') ?? found[0] ?? exchangeRefused('verifier')
  if (decided instanceof AuthError) throw decided
  return decided as Passage | 'current'
}

/**
 * @throws {AuthError} `exchange_refused`: a key or a machine has no session, and an impersonator must not become that
 *   person.
 */
function assertPerson(principal: Principal): void {
  const { kind, keyId, scopes, impersonator } = principal
  if (keyId !== null || scopes !== null) throw exchangeRefused('api_key')
  if (kind !== 'user') throw exchangeRefused('service')
  if (impersonator !== null) throw exchangeRefused('impersonated')
}

async function byPart(line: Line, part: Part, principal: Principal): Promise<Passage | 'current' | AuthError> {
  const { migration, side } = part
  const { exchange: rules } = migration.options
  const policy = await migration.policy.current()
  if (policy === null) return new AuthError('policy_unavailable')
  if (rules === null) return exchangeRefused('verifier')
  const { id: user, organization, email: identifier } = principal
  const found = await issuance(policy, { user, organization, identifier }, line.now())
  const { side: issuer, reason: why } = found
  if (side === 'new')
    return issuer === 'new' || rules.back === null ? 'current' : { migration, rules, minter: rules.back }
  const reason = exchangeRefusal(policy, principal, line.now())
  if (reason === 'not_yet') return exchangeRefused('stage')
  if (reason !== null) return new AuthError('legacy_retired', { notice: noticeOf({ migration, side, reason, policy }) })
  line.emit({ type: 'issuer_chosen', purpose: 'exchange', migration: migration.options.name, ...found })
  if (issuer === 'new') return { migration, rules, minter: rules.minter }
  if (why === 'settling') return stillSettling(settledAt(policy, organization), line.now())
  return exchangeRefused(why === 'no_rollout' ? 'no_rollout' : 'cohort')
}
