import { encodeBase64Url } from '../http/base64url.js'
import type { Sealing } from './sealing.js'

/** What a refresh token stands for. */
export interface HeldToken {
  /** All that came of one sign-in: each refresh token of it replaces the one before. */
  readonly family: string
  /** How often it was refreshed before; 0 is what the provider gave at the sign-in. */
  readonly generation: number
  /** Of the provider. */
  readonly refreshToken: string
  readonly organization: string | null
  /** When it was given, in seconds since the epoch; null for what the provider gave at the sign-in. */
  readonly issuedAt: number | null
}

/** The refresh tokens that clients hold. */
export interface IssuedTokens {
  issue(held: HeldToken): Promise<string>
  /**
   * Null for one that looks like ours and is not.
   *
   * @param token Untrusted.
   */
  read(token: string): Promise<HeldToken | null>
}

const PREFIX = 'dualauth.1.'

/**
 * A refresh token of ours is the provider's, sealed with its place in the family: a thief cannot use it at the provider, one that was
 * replaced is recognised however old it is, and nothing has to be stored for each. Any other text is what the provider gave at a sign-in.
 *
 * @param owner The id of the provider: the same text of another one is of another family.
 * @see RFC 9700 section 4.14.2
 */
export function createIssuedTokens(sealing: Sealing, owner: string): IssuedTokens {
  return {
    issue: async (held) => PREFIX + (await sealing.seal(held)),
    async read(token) {
      if (token.startsWith(PREFIX))
        return ((await sealing.open(token.slice(PREFIX.length))) ?? null) as HeldToken | null
      const family = await hashOf(`${owner}\n${token}`)
      return { family, generation: 0, refreshToken: token, organization: null, issuedAt: null }
    },
  }
}

async function hashOf(text: string): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}
