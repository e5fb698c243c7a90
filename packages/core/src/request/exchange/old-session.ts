import * as crypto from '#crypto'
import { andThen, isPending, type MaybePromise } from '../../async/maybe-promise.js'
import type { Credential } from '../../extract/credential.js'
import { extract } from '../../extract/extract.js'
import type { HeaderView } from '../../http/request.js'
import type { Principal } from '../../identity/principal.js'
import type { ParsedExchange } from '../../migration/exchange/options.js'
import type { SessionMinter } from '../../migration/exchange/session-minter.js'
import type { OpenMigration } from '../../migration/steering.js'
import { present } from '../../route/shape.js'
import type { Demand } from '../../route/verifier.js'
import type { Line } from '../line.js'
import { resolve } from '../resolve.js'
import type { Resolution } from '../resolution.js'

/** The exchange that a credential may take. */
export interface Passage {
  readonly migration: OpenMigration
  readonly rules: ParsedExchange
  readonly minter: SessionMinter
}

/** A credential to be exchanged, which has just been verified and linked. */
export interface OldSession extends Passage {
  readonly principal: Principal
  readonly credential: Credential
  /** The key by which its exchanges are counted. */
  readonly key: string
}

const AGAIN: Demand = /* @__PURE__ */ Object.freeze({ fresh: false, refresh: false, counted: true })

/** The proved principal, even if the stage refuses its side. */
export function provedBy(resolution: Resolution): Principal | null {
  return resolution.ok ? resolution.principal : (resolution.steered?.principal ?? null)
}

/**
 * The credential of a request that proved a principal. Without a promise unless its verifier owns several in the
 * request.
 */
export function credentialOf(line: Line, view: HeaderView, principal: Principal): MaybePromise<Credential | null> {
  const extraction = extract(view, line.plan)
  if (extraction.kind === 'explicit') return extraction.credential
  const all = extraction.kind === 'ambient' ? extraction.cookies.flat() : []
  const own = all.filter((credential) => isOwnedBy(line, credential, principal.verifier))
  return own.length < 2 ? (own[0] ?? null) : provingOne(line, view, own, principal)
}

async function provingOne(
  line: Line,
  view: HeaderView,
  credentials: readonly Credential[],
  { id, sessionId }: Principal,
): Promise<Credential | null> {
  for (const credential of credentials) {
    const resolution = await resolve(line, view, credential, AGAIN)
    const proved = resolution === null ? null : provedBy(resolution)
    if (proved?.id === id && proved.sessionId === sessionId) return credential
  }
  return null
}

function isOwnedBy({ router, verifiers }: Line, credential: Credential, verifier: string): boolean {
  const selection = router.select(present(credential))
  return selection.kind === 'owned' && selection.owners.some((owner) => verifiers[owner]?.name === verifier)
}

/**
 * The key by which exchanges are counted: the session if there is one, so that another token of it or another spelling
 * is not counted separately; otherwise the credential. Includes the person, because a session id may belong to a device
 * or be a number that each person has. Only a hash is kept.
 */
function exchangeKeyOf(
  { canonical }: Pick<Line, 'canonical'>,
  { verifier, issuer, subject, sessionId }: Principal,
  { value }: Credential,
): MaybePromise<string> {
  const basis = sessionId === null ? ['credential', canonical(value)] : ['session', issuer, subject, sessionId]
  return crypto.sha256(JSON.stringify(['dualauth-exchange', verifier, ...basis]))
}

/** The mark by which an exchange under way is found when its session is ended. */
export function markOf({ canonical }: Pick<Line, 'canonical'>, { value }: Credential): MaybePromise<string> {
  return crypto.sha256(`dualauth-exchange-mark ${canonical(value)}`)
}

/** Key and mark together. */
export function keysOf(
  line: Pick<Line, 'canonical'>,
  principal: Principal,
  credential: Credential,
): MaybePromise<{ readonly key: string; readonly mark: string }> {
  const [key, mark] = [exchangeKeyOf(line, principal, credential), markOf(line, credential)]
  if (!isPending(key) && !isPending(mark)) return { key, mark }
  return andThen(key, (one) => andThen(mark, (other) => ({ key: one, mark: other })))
}
