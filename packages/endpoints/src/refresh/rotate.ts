import { AuthError, isAuthError, type DualAuth } from '@dualauth/core'
import { createCoalesce, within } from '@dualauth/core/adapter'
import { createEnding, endHeld, overFamily } from './end-family.js'
import { busy, createFamilies, type Family, type FamilyAnswer, type ReplacedToken } from './families.js'
import { handOut, JUDGE_MS } from './hand-out.js'
import { createIssuedTokens, type HeldToken } from './issued-token.js'
import type { BodyTokens } from './options.js'
import { discreet, outage, type Rotation } from './rotation.js'
import { createSealing } from './sealing.js'
import type { TokenGrant } from './token-provider.js'

/** Refresh tokens that clients hold. */
export interface BodyRefresh {
  /** What a client gets for a refresh token. */
  rotate(refreshToken: string): Promise<FamilyAnswer>
  /**
   * Signs its client out: the family ends.
   *
   * @throws {AuthError} `store_unavailable`
   */
  signOut(refreshToken: string, isProved: boolean): Promise<void>
}

const ASK_MS = 10_000
/** Between two events that say the same. */
const FORGOTTEN_MS = 60_000

/**
 * Replaces refresh tokens: each is used once, and gets the same answer again for a while. One that comes later is in two hands, and
 * its family ends.
 */
export function createBodyRefresh(auth: DualAuth, options: BodyTokens, now: () => number): BodyRefresh {
  const tell = discreet(options.onError)
  const onError = (cause: unknown): void => {
    // What the provider gave is taken by no verifier: another issuer, client or audience than theirs.
    const isUnread = isAuthError(cause) && cause.code.startsWith('credential_')
    auth.report({ endpoint: 'refresh', code: null, reason: isUnread ? 'token_not_read' : null, cause })
    tell(cause)
  }
  let isTold = false
  // It is so for every sign-out.
  const unsupported = (): void => {
    if (isTold) return
    isTold = true
    auth.report({ endpoint: 'refresh', code: null, reason: 'not_revocable' })
  }
  let toldAt = Number.NEGATIVE_INFINITY
  // A process that began a moment ago, and a store that was emptied, know none of the tokens that come.
  const forgotten = (): void => {
    if (now() - toldAt < FORGOTTEN_MS) return
    toldAt = now()
    auth.report({ endpoint: 'refresh', code: null, reason: 'family_forgotten' })
  }
  const owner = options.provider.id
  const tokens = createIssuedTokens(createSealing(options.secrets, `dualauth refresh token ${owner}`), owner)
  const families = createFamilies({
    store: options.store,
    sealing: createSealing(options.secrets, `dualauth refresh store ${owner}`),
    now,
    taskMs: ASK_MS + JUDGE_MS,
    rememberMs: options.rememberSeconds * 1000,
    onError,
  })
  const end = createEnding({ auth, provider: options.provider, tokens, families, now, onError, unsupported })
  const rotation = { ...options, auth, now, tokens, families, onError, unsupported, forgotten, end }
  const flights = createCoalesce<FamilyAnswer>({
    waitMs: ASK_MS + JUDGE_MS,
    late: () => {
      throw busy()
    },
  })
  return {
    async rotate(refreshToken) {
      const held = await tokens.read(refreshToken)
      if (held === null) throw new AuthError('credential_invalid')
      const { family, generation } = held
      return flights.join(`${family}:${generation}`, () =>
        families.exclusively(family, (known) => turn(rotation, held, known)),
      )
    },
    async signOut(refreshToken, isProved) {
      const held = await tokens.read(refreshToken)
      if (held !== null) await families.exclusively(held.family, (known) => endHeld(rotation, held, known, isProved))
    },
  }
}

async function turn(rotation: Rotation, held: HeldToken, known: Family | null): Promise<FamilyAnswer> {
  const { family: id, generation } = held
  if (known !== null && known.state !== 'live') return ended(rotation, id, known, held.refreshToken)
  if (known === null && isForgotten(rotation, held)) throw new AuthError('credential_expired')
  if (known === null && held.issuedAt !== null) rotation.forgotten()
  // A store that missed a write knows less than what we sealed.
  if (known === null || generation >= known.generation) return renew(rotation, held, known)
  if (isInGrace(rotation, known, generation)) return repeat(rotation, id, known)
  const { verifier = null, principalId = null, sessionId = null } = known.owner ?? {}
  await rotation.end(id, known, held.refreshToken)
  discreet(rotation.onReuse)({ verifier, principalId, sessionId })
  throw new AuthError('credential_revoked')
}

/** Whatever was known of its family is gone by now, such as that it was ended. */
function isForgotten({ now, rememberSeconds }: Rotation, { issuedAt }: HeldToken): boolean {
  return issuedAt !== null && now() / 1000 - issuedAt > rememberSeconds
}

/** What was kept back has not been handed out, however long ago it came. */
function isInGrace(rotation: Rotation, known: Family, generation: number): boolean {
  if (generation === known.generation - 1 && known.handedOutAt === null) return true
  return replacedIn(rotation, known).some((one) => one.generation === generation)
}

const MAX_REPLACED = 8

/** Those in their grace get the newest answer: they are tabs, and requests that were late. */
function replacedIn({ now, graceSeconds }: Rotation, known: Family): Family['replaced'] {
  const { handedOutAt, generation, replaced } = known
  const newest = handedOutAt === null ? [] : [{ generation: generation - 1, handedOutAt }]
  const isCurrent = (one: ReplacedToken): boolean => now() - one.handedOutAt < graceSeconds * 1000
  return [...newest, ...replaced].filter(isCurrent).slice(0, MAX_REPLACED)
}

async function repeat(rotation: Rotation, id: string, known: Family): Promise<FamilyAnswer> {
  const answer = await handOut(rotation, id, known)
  if (answer !== null) return answer
  const over = known.answer as FamilyAnswer
  // The client may have it already, and goes on with the refresh token in it.
  if (known.handedOutAt !== null) return over
  const newest = await rotation.tokens.read(over.refreshToken)
  if (newest === null) throw outage(rotation, new Error('what was kept back was sealed with a secret that is gone'))
  // Nobody has seen what was kept back: what comes now takes its place.
  return renew(rotation, { ...newest, generation: newest.generation - 1, issuedAt: known.heldSince }, known)
}

async function ended(rotation: Rotation, id: string, family: Family, presented: string): Promise<never> {
  if (family.state === 'ending') await rotation.end(id, family, presented)
  throw new AuthError('credential_revoked')
}

async function renew(rotation: Rotation, held: HeldToken, known: Family | null): Promise<FamilyAnswer> {
  const { families, tokens, now } = rotation
  const { family: id, generation, issuedAt } = held
  const grant = await ask(rotation, held, known !== null || issuedAt !== null)
  if (grant.outcome === 'ended') {
    // Anybody can make up what no sign-in gave: nothing is kept of it.
    if (issuedAt === null) throw new AuthError('credential_invalid')
    await families.keep(id, overFamily(generation))
    throw new AuthError('credential_revoked')
  }
  if (grant.outcome !== 'granted') throw refusalOf(rotation, grant)
  const seconds = Math.floor(now() / 1000)
  const { accessToken, expiresInSeconds, organization } = grant
  const refreshToken = await tokens.issue({
    family: id,
    generation: generation + 1,
    refreshToken: grant.refreshToken ?? held.refreshToken,
    organization,
    issuedAt: seconds,
  })
  const expiresAt = expiresInSeconds === null ? null : seconds + expiresInSeconds
  const family: Family = {
    generation: generation + 1,
    state: 'live',
    answer: { accessToken, refreshToken, expiresAt },
    handedOutAt: null,
    replaced: known === null ? [] : replacedIn(rotation, known),
    heldSince: issuedAt,
    owner: known?.owner ?? null,
    before: stillGood(known, seconds),
  }
  // Before anything else: the provider may have spent what the client holds.
  await families.keep(id, family)
  const answer = await handOut(rotation, id, family)
  // The provider gave it just now: a clock is wrong.
  return answer ?? Promise.reject(outage(rotation, new Error('the access token is over already')))
}

async function ask(
  { provider }: Rotation,
  { refreshToken, organization }: HeldToken,
  isProved: boolean,
): Promise<TokenGrant> {
  try {
    const grant = await within(Promise.resolve(provider.refresh({ refreshToken, organization, isProved })), ASK_MS)
    return grant ?? { outcome: 'unavailable', cause: new Error('refreshing tokens got no answer') }
  } catch (cause) {
    return { outcome: 'unavailable', cause }
  }
}

function refusalOf({ onError }: Rotation, grant: Exclude<TokenGrant, { outcome: 'granted' | 'ended' }>): AuthError {
  if (grant.outcome === 'limited') return new AuthError('rate_limited', { retryAfterSeconds: grant.retryAfterSeconds })
  onError(grant.cause)
  return new AuthError('verifier_unavailable', { cause: grant.cause, retryAfterSeconds: grant.retryAfterSeconds })
}

const MAX_BEFORE = 4

/**
 * Access tokens that a revocation of the family has to name, the newest ones.
 *
 * @param seconds Since the epoch.
 */
function stillGood(known: Family | null, seconds: number): Family['before'] {
  if (known === null || known.answer === null) return []
  const { accessToken, expiresAt } = known.answer
  const all = [{ accessToken, expiresAt }, ...known.before]
  return all.filter((token) => token.expiresAt === null || token.expiresAt > seconds).slice(0, MAX_BEFORE)
}
