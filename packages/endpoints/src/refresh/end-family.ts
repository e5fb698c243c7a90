import { AuthError, type DualAuth } from '@dualauth/core'
import { within } from '@dualauth/core/adapter'
import type { Families, Family } from './families.js'
import type { HeldToken, IssuedTokens } from './issued-token.js'
import type { Rotation } from './rotation.js'
import type { TokenProvider } from './token-provider.js'

interface EndingParts {
  readonly auth: DualAuth
  readonly provider: TokenProvider
  readonly tokens: IssuedTokens
  readonly families: Families
  readonly now: () => number
  readonly onError: (cause: unknown) => void
  readonly unsupported: () => void
}

const REVOKE_MS = 5_000

/**
 * Ends a family: no refresh token of it is good any more, nor is its session here and at other instances, nor what the provider
 * gave. While other instances cannot be told it stays `ending`, and whichever of its tokens comes next tries again.
 *
 * `presented` is of the provider: what its client holds, where nobody knows the newest one any more.
 */
export function createEnding(parts: EndingParts): Rotation['end'] {
  const { families } = parts
  return async (id, family, presented = null) => {
    await families.write(id, { ...family, state: 'ending' })
    await revokeHere(parts, family).catch((cause: unknown) => {
      throw new AuthError('store_unavailable', { cause })
    })
    await revokeThere(parts, family, presented).catch(parts.onError)
    await families.keep(id, { ...family, state: 'ended', answer: null, before: [] })
  }
}

/**
 * The family of a refresh token that its client gives back. What is good for nothing any more has nothing to end.
 *
 * @param isProved Whether the client proved besides that it signed in.
 * @throws {AuthError} Of what nobody but the provider knows: `verifier_unavailable`, it did not end it; `request_invalid` with the reason
 * `not_revocable`, it has no way to. `store_unavailable`
 * @see RFC 7009 section 2.2
 */
export async function endHeld(
  rotation: Rotation,
  held: HeldToken,
  known: Family | null,
  isProved: boolean,
): Promise<void> {
  const { family: id, generation, issuedAt } = held
  if (known !== null && known.state !== 'ended') return rotation.end(id, known, held.refreshToken)
  if (known !== null) return
  const { provider, families, onError } = rotation
  const isKept = issuedAt !== null || isProved
  const done = await revokeHeld(provider, held.refreshToken).catch((cause: unknown) => {
    onError(cause)
    if (!isKept) throw new AuthError('verifier_unavailable', { cause })
  })
  if (done === 'unsupported') rotation.unsupported()
  if (done === 'unsupported' && !isKept) throw notRevocable()
  // Anybody can make up what no sign-in gave: nothing is kept of it.
  if (isKept) await families.keep(id, overFamily(generation))
}

/** A client that is told of a success would believe that its tokens are good for nothing any more. */
function notRevocable(): AuthError {
  const detail = 'the provider has no way to end this refresh token; send the access token in Authorization as well'
  return new AuthError('request_invalid', { reason: 'not_revocable', detail })
}

/** The provider has ended it. */
export function overFamily(generation: number): Family {
  const nothing = { answer: null, handedOutAt: null, replaced: [], heldSince: null, owner: null, before: [] }
  return { generation, state: 'ended', ...nothing }
}

/** By its session where it has one, but for a browser that signs in to it later; else by each access token that is still good. */
async function revokeHere({ auth, now }: EndingParts, { owner, answer, before }: Family): Promise<void> {
  if (owner !== null && owner.sessionId !== null) {
    const { sessionId: session, verifier, issuer, subject } = owner
    await auth.revoke({ session, verifier, issuer, subject, issuedBefore: now() })
  }
  for (const { accessToken } of answer === null ? before : [answer, ...before])
    await auth.revoke({ credential: accessToken })
}

async function revokeThere(
  { provider, tokens, unsupported }: EndingParts,
  { owner, answer }: Family,
  presented: string | null,
): Promise<void> {
  const newest = answer === null ? null : await tokens.read(answer.refreshToken)
  const refreshToken = newest?.refreshToken ?? presented
  if (refreshToken === null) return
  if ((await revokeHeld(provider, refreshToken, owner?.sessionId)) === 'unsupported') unsupported()
}

async function revokeHeld(
  provider: TokenProvider,
  refreshToken: string,
  sessionId: string | null = null,
): Promise<'unsupported' | 'revoked'> {
  const done = (async () => (await provider.revoke({ refreshToken, sessionId })) ?? 'revoked')()
  const answer = await within(done, REVOKE_MS)
  if (answer === null) throw new Error('revoking tokens got no answer')
  return answer
}
