import { isOutage, type ErrorCode } from '../errors/error-table.js'
import type { SetCookie } from '../http/set-cookie.js'
import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import { allOf } from '../async/at-hand.js'
import type { Credential } from '../extract/credential.js'
import type { Principal } from '../identity/principal.js'
import type { Resolution, Resolved, Unresolved } from './resolution.js'

export interface CookieDecision {
  readonly resolution: Resolution
  /** Cookies that were unusable and did not decide. */
  readonly ignored: readonly Unresolved[]
}

/** Whether a cookie's side counts for none of the callers proved by other cookies, so it must not decide. */
export type IsIdle = (credential: Credential, callers: readonly Principal[]) => MaybePromise<boolean>

/**
 * Cookies are ambient and may contradict each other during a migration. The newest side comes first. A cookie that is
 * missing, expired, refused by a migration's policy, or of a session that nobody has signed in to is skipped. The first
 * one that is valid, revoked, banned, forged or cannot be judged decides, so that logging out on the new side never
 * signs the person in with the old cookie while the new side counts. Two valid cookies of different principals or
 * organizations are refused.
 *
 * @param groups Values by cookie name, newest side first.
 * @param resolve Returns null if no verifier owns the value.
 * @param isIdle Called for each cookie that would decide against a valid one. Null: every side counts.
 */
export function decideCookies(
  groups: readonly (readonly Credential[])[],
  resolve: (credential: Credential) => MaybePromise<Resolution | null>,
  isIdle: IsIdle | null,
): MaybePromise<CookieDecision> {
  const [values = []] = groups
  if (groups.length === 1 && values.length === 1)
    return andThen(resolve(values[0] as Credential), (only) => ({ resolution: only ?? missing(), ignored: [] }))
  const asked = groups.map((values) => allOf(values.map((value) => resolve(value))))
  return andThen(allOf(asked), (resolved) =>
    andThen(idleAmong(groups, resolved, isIdle), (idle) => decideAmong(resolved, idle)),
  )
}

type Values = readonly (Resolution | null)[]

/** The cookies that must not decide, because their side does not count for the callers proved by valid cookies. */
function idleAmong(
  groups: readonly (readonly Credential[])[],
  resolved: readonly Values[],
  isIdle: IsIdle | null,
): MaybePromise<readonly Unresolved[]> {
  if (isIdle === null || !resolved.some((values) => values.some(isAgainst))) return []
  const callers = resolved.flatMap((values) => values.flatMap((value) => (value?.ok === true ? [value.principal] : [])))
  if (callers.length === 0) return []
  const against = resolved.flatMap((values, group) =>
    values.flatMap((value, place) =>
      isAgainst(value) ? [{ value, credential: groups[group]?.[place] as Credential }] : [],
    ),
  )
  return andThen(allOf(against.map(({ credential }) => isIdle(credential, callers))), (idle) =>
    against.flatMap(({ value }, place) => (idle[place] === true ? [value] : [])),
  )
}

function decideAmong(resolved: readonly Values[], idle: readonly Unresolved[]): CookieDecision {
  const counting =
    idle.length === 0
      ? resolved
      : resolved.map((values) => values.map((value) => (idle.includes(value as Unresolved) ? null : value)))
  const { resolution, ignored: others } = decide(counting)
  const ignored = [...idle, ...others]
  const cookies = resolved.flatMap((values) => cookiesOf(values, resolution))
  if (cookies.length === 0 && resolution.cookies === undefined) return { resolution, ignored }
  return { resolution: { ...resolution, cookies: cookies.length === 0 ? undefined : cookies }, ignored }
}

/**
 * Whatever is decided, a session refreshed meanwhile must not be lost. Of several values of one name only the deciding
 * one is renewed: the others may have been set by a sibling subdomain.
 */
function cookiesOf(values: Values, decided: Resolution): readonly SetCookie[] {
  const [only, ...others] = values
  if (others.length === 0) return only?.cookies ?? []
  return values.includes(decided) ? (decided.cookies ?? []) : []
}

const FALLING: readonly ErrorCode[] = [
  'credential_missing',
  'credential_expired',
  'legacy_retired',
  'credential_not_accepted',
]

/** Unusable now, but normal in a migration: an old session beside a new one, or one that nobody has signed in to. */
function fallsThrough(code: ErrorCode): boolean {
  return FALLING.includes(code)
}

/** Unusable, and decides if it comes first. */
function isAgainst(value: Resolution | null): value is Unresolved {
  return value !== null && !value.ok && !fallsThrough(value.code)
}

function decide(resolved: readonly Values[]): CookieDecision {
  let record: Resolved | null = null
  let expired: Unresolved | null = null
  let anonymous: Unresolved | null = null
  const ignored: Unresolved[] = []
  for (const group of resolved.map(decideGroup)) {
    if (group === null) continue
    const contradiction = record === null ? null : conflictOf(record, group)
    if (contradiction !== null) return { resolution: contradiction, ignored }
    if (group.ok) {
      record ??= group
    } else if (group.code === 'identity_conflict' || (record === null && !fallsThrough(group.code))) {
      return { resolution: group, ignored }
    } else if (group.code === 'credential_missing') {
      // Every visitor has one, so it deserves no event.
      anonymous ??= group
    } else {
      ignored.push(group)
      expired ??= group
    }
  }
  return { resolution: record ?? expired ?? anonymous ?? missing(), ignored: record === null ? [] : ignored }
}

/** Several values of one name: accepted only if all valid ones prove the same principal. */
function decideGroup(values: Values): Resolution | null {
  const owned = values.filter((value): value is Resolution => value !== null)
  const [first, ...others] = owned.filter((value) => provedBy(value) !== null)
  for (const other of others) {
    const contradiction = conflictOf(first as Resolution, other)
    if (contradiction !== null) return contradiction
  }
  const valid = owned.find(({ ok }) => ok)
  if (valid !== undefined) return valid
  const failed = owned as readonly Unresolved[]
  return (
    failed.find(({ code }) => isOutage(code)) ??
    failed.find(({ code }) => !fallsThrough(code)) ??
    failed.find(({ code }) => code !== 'credential_missing') ??
    failed[0] ??
    null
  )
}

interface Proved {
  readonly id: string
  readonly organization: string | null
  readonly verifier: string | null
}

/** Whose cookie it is; null if not proved. A caller who may not act for the request's organization is still proved. */
function provedBy(resolution: Resolution): Proved | null {
  if (resolution.ok) return resolution.principal
  const { accountId, verifier } = resolution
  return accountId === undefined ? null : { id: accountId, organization: null, verifier }
}

/** Null if they agree; a side that names no organization contradicts none. */
function conflictOf(a: Resolution, b: Resolution): Unresolved | null {
  const [one, two] = [provedBy(a), provedBy(b)]
  if (one === null || two === null) return null
  const byOrganization = one.organization !== null && two.organization !== null && one.organization !== two.organization
  if (one.id === two.id && !byOrganization) return null
  return {
    ok: false,
    code: 'identity_conflict',
    reason: one.id === two.id ? 'organization' : 'principal',
    verifier: null,
    verifiers: [one.verifier, two.verifier].filter((name) => name !== null),
    carrier: 'cookie',
  }
}

export function missing(): Unresolved {
  return { ok: false, code: 'credential_missing', reason: null, verifier: null, carrier: null }
}
