import * as crypto from '#crypto'
import { bounded } from '../../async/bounded.js'
import { isOfOne, sessionKey, type Revocation, type SessionRevocation } from '../../cache/revocations.js'
import { AuthError } from '../../errors/auth-error.js'
import type { Credential } from '../../extract/credential.js'
import type { Principal } from '../../identity/principal.js'
import type { ExchangeRelation } from '../../migration/exchange/exchange-store.js'
import type { ParsedExchange } from '../../migration/exchange/options.js'
import type { Line } from '../line.js'
import { SESSION_KNOWN } from './count-use.js'

/** A session, and the credential that proved it. */
export interface Proved {
  readonly principal: Principal
  readonly credential: Credential
}

/** A revocation of one session or credential. Others, such as that of a person, cover both sides anyway. */
type Naming = SessionRevocation | Extract<Revocation, { readonly kind: 'credential' }>

/**
 * Stores, before delivery, that a revocation of one of two sessions also ends the other.
 *
 * @throws {AuthError} `store_unavailable`: otherwise a revocation would not reach the new session.
 */
export async function relate(
  { canonical, now }: Pick<Line, 'canonical' | 'now'>,
  { exchanges, timeoutMs, maxAgeSeconds }: ParsedExchange,
  old: Proved,
  next: Proved,
): Promise<void> {
  if (exchanges.relate === undefined) return
  const [before, after] = [await namesOf(canonical, old), await namesOf(canonical, next)]
  const { expiresAt, sessionId } = next.principal
  const known = sessionId === null ? 0 : now() + knownFor(maxAgeSeconds)
  const endsAt = expiresAt === null ? null : Math.max(expiresAt * 1000, known)
  const kept = async (name: Naming, other: Naming): Promise<ExchangeRelation> => ({
    key: await keyOf(name),
    revocation: JSON.stringify(other),
    endsAt,
  })
  const [[first], [second]] = [before, after]
  const relations = await Promise.all([
    ...before.map((name) => kept(name, second)),
    ...after.map((name) => kept(name, first)),
    // A session is also found by its id alone, as a provider names it.
    ...[first, second].flatMap((name) => (name.kind === 'session' ? [kept(ofEverybody(name), name)] : [])),
  ])
  try {
    await bounded(() => exchanges.relate?.(relations), timeoutMs)
  } catch (cause) {
    throw new AuthError('store_unavailable', { cause })
  }
}

/** In milliseconds. A delivered token may expire long before its session, which may be refreshed or extended. */
function knownFor(maxAgeSeconds: number): number {
  return Math.max(maxAgeSeconds, SESSION_KNOWN) * 1000
}

/** The revocation that ends only this one. */
export async function namingOf({ canonical }: Pick<Line, 'canonical'>, of: Proved): Promise<Revocation> {
  const [first] = await namesOf(canonical, of)
  return first
}

/** The session first, if the credential has one. */
async function namesOf(
  canonical: Line['canonical'],
  { principal, credential }: Proved,
): Promise<readonly [Naming, ...Naming[]]> {
  const { verifier, issuer, subject, sessionId: id } = principal
  const own: Naming = { kind: 'credential', sha256: await crypto.sha256(canonical(credential.value)) }
  return id === null ? [own] : [{ kind: 'session', id, verifier, issuer, subject }, own]
}

/** The old side may give several people the same id, such as a device's. */
function ofEverybody({ kind, id, verifier }: SessionRevocation): SessionRevocation {
  return { kind, id, verifier }
}

/**
 * The other revocations that a revocation implies: of sessions exchanged for what it names, or for which it was
 * exchanged, and so on. If a session's revocation has a date, so do the others.
 */
export async function relatedTo(
  rules: readonly ParsedExchange[],
  revocation: Revocation,
): Promise<readonly Revocation[]> {
  if (revocation.kind !== 'session' && revocation.kind !== 'credential') return []
  const first = await keyOf(revocation)
  const isOfAll = revocation.kind === 'session' && !isOfOne(revocation)
  const own = isOfAll ? await keysOfEach(await askAll(rules, first)) : [first]
  const found = new Map<string, Naming>()
  const seen = new Set(own)
  const open = [...own]
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const texts = await askAll(rules, key)
    if (own.includes(key) && texts.includes(PARTED)) continue
    for (const text of texts) {
      if (text === PARTED) continue
      const one = namingIn(text)
      const next = await keyOf(one)
      if (seen.has(next)) continue
      seen.add(next)
      open.push(next)
      found.set(next, one)
    }
  }
  return [...found.values()].map((one) => dated(one, revocation))
}

function keysOfEach(texts: readonly string[]): Promise<readonly string[]> {
  return Promise.all(texts.map((text) => keyOf(namingIn(text))))
}

function namingIn(text: string): Naming {
  return JSON.parse(text) as Naming
}

function dated(one: Naming, by: Naming): Naming {
  if (one.kind !== 'session' || by.kind !== 'session' || by.issuedBefore === undefined) return one
  return { ...one, issuedBefore: by.issuedBefore }
}

/** Stored for a session that the exchange itself ends. */
const PARTED = '{"kind":"parted"}'

/**
 * From now on, a revocation of the old session ends nothing else: the exchange itself ends it, and the provider may
 * announce that to any instance like any other end.
 */
export async function part(line: Pick<Line, 'canonical' | 'now'>, rules: ParsedExchange, old: Proved): Promise<void> {
  const { exchanges, timeoutMs, maxAgeSeconds } = rules
  const endsAt = line.now() + knownFor(maxAgeSeconds)
  const names = await namesOf(line.canonical, old)
  const parted = await Promise.all(names.map(async (name) => ({ key: await keyOf(name), revocation: PARTED, endsAt })))
  await bounded(() => exchanges.relate?.(parted), timeoutMs)
}

async function askAll(rules: readonly ParsedExchange[], key: string): Promise<readonly string[]> {
  const answers = await Promise.all(
    rules.map(({ exchanges, timeoutMs }) => bounded(() => exchanges.relatedTo?.(key) ?? [], timeoutMs)),
  )
  return answers.flat()
}

async function keyOf(naming: Naming): Promise<string> {
  const name = naming.kind === 'session' ? sessionKey(naming) : naming.sha256
  return crypto.sha256(JSON.stringify(['dualauth-exchanged', naming.kind, name]))
}
