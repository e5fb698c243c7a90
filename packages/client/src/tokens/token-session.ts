import { discard, errorOf, isFrom, outcomeOf } from '../answers.js'
import { ClientError, optionError } from '../client-error.js'
import { createRenewal, type Kind, type Outcome } from '../renewal.js'
import type { Dressed, Session, SessionParts, TokenMode } from '../session.js'
import { withDeadline } from '../waiting.js'
import { holdTokens, type HeldTokens } from './held-tokens.js'
import { EARLY_MS, tokensOf, wrongMember, type TokenAnswer, type Tokens, type TokenStorage } from './tokens.js'

/** The options of `storedTokens`. */
export interface StoredTokensOptions {
  /** Called if the storage rejects. The tokens stay in memory, and storing is tried again at the next call. */
  readonly onError?: (cause: unknown) => void
}

/** Tokens in memory. They are lost when the process ends. */
export function memoryTokens(): TokenMode {
  return {
    isStored: false,
    open: (parts) =>
      createTokenSession(
        parts,
        holdTokens(null, () => {}),
      ),
  }
}

/**
 * Tokens in your own storage, such as the keychain of a phone.
 *
 * @throws {ClientError} `configuration_invalid`: the storage cannot load or save.
 */
export function storedTokens(storage: TokenStorage, { onError = () => {} }: StoredTokensOptions = {}): TokenMode {
  if (typeof storage?.load !== 'function' || typeof storage.save !== 'function')
    throw optionError('tokens', 'must be an object with load and save')
  return { isStored: true, open: (parts) => createTokenSession(parts, holdTokens(storage, onError)) }
}

/** A session of tokens that this app holds: a bearer, and what refreshes it. */
function createTokenSession({ settings, tabs, onRenewed }: SessionParts, held: HeldTokens): Session {
  const { now, timeoutMs } = settings
  const { mark, renew } = createRenewal({ settings, tabs, era: held.generation, onRenewed, ask })

  async function ask(kind: Kind, signal: AbortSignal): Promise<Outcome> {
    const before = await held.current()
    const generation = held.generation()
    const tokens = await held.reload()
    if (tokens !== null && before !== null && tokens.accessToken !== before.accessToken) return { kind: 'renewed' }
    if (tokens === null || (kind === 'refresh' && tokens.refreshToken === null)) {
      await held.replace(null, generation)
      return { kind: 'ended' }
    }
    const response = await post(kind, tokens, signal)
    if (!response.ok) {
      const outcome = await outcomeOf(settings, response)
      if (outcome.kind === 'ended' && kind === 'refresh') await held.replace(null, generation)
      return outcome
    }
    const next = tokensOf(
      (await response.json().catch(() => null)) as TokenAnswer,
      now(),
      kind === 'refresh' ? tokens.refreshToken : null,
    )
    if (next === null)
      throw new ClientError(`The server answered ${kind} without tokens.`, 'answer_invalid', response.status)
    await held.replace(next, generation)
    return { kind: 'renewed' }
  }

  async function post(path: Kind | 'sign-out', tokens: Tokens, signal: AbortSignal): Promise<Response> {
    const { accessToken, refreshToken } = tokens
    const address = settings.endpoint(`/${path}`)
    const response = await settings.fetch(address.href, {
      method: 'POST',
      credentials: 'omit',
      headers: {
        accept: 'application/json',
        ...(path !== 'refresh' && { authorization: `Bearer ${accessToken}` }),
        ...(path !== 'exchange' && { 'content-type': 'application/json' }),
      },
      // A redirect may lead to another origin, and 307 and 308 send the refresh token there.
      redirect: 'error',
      ...(path !== 'exchange' && { body: JSON.stringify({ refresh_token: refreshToken ?? undefined }) }),
      signal,
    })
    if (isFrom(response, address)) return response
    discard(response)
    throw new ClientError(`The server redirected ${path}.`, 'answer_invalid', response.status)
  }

  async function dress(): Promise<Dressed> {
    const order = mark()
    // Before the tokens: of two, the older era, which repeats nothing.
    const era = held.generation()
    const tokens = await held.current()
    const isOver = tokens !== null && tokens.expiresAt !== null && tokens.expiresAt - EARLY_MS <= now()
    // It spares a 401, which a stream could not come back from.
    const outcome = isOver && tokens.refreshToken !== null ? await renew('refresh', order) : null
    const after = outcome === null ? tokens : await held.current()
    // Of the person who made the call, also where another one has signed in meanwhile.
    const newest = after === null || era === held.generation() ? after : tokens
    const authorization = newest === null ? null : `Bearer ${newest.accessToken}`
    return { credentials: 'omit', authorization, mark: outcome === null ? order : mark(), era, outcome }
  }

  return {
    era: held.generation,
    mark,
    renew,
    dress,
    drop: () => held.set(null),
    async setTokens(answer) {
      const wrong = wrongMember(answer)
      if (wrong) throw new ClientError(`setTokens: ${wrong} is wrong`, 'answer_invalid')
      await held.set(tokensOf(answer, now()))
    },
    async signOut() {
      const tokens = await held.current()
      await held.set(null)
      if (tokens === null) return null
      const response = await withDeadline(timeoutMs, (signal) => post('sign-out', tokens, signal))
      // A 401 says that they were good for nothing any more.
      if (!response.ok && response.status !== 401) throw await errorOf(settings, response)
      return null
    },
  }
}
