import type { Minted, MintedTokens, MintRequest, SessionMinter } from '@dualauth/core'
import { functionOption, object, parseOptions, verifierName } from '@dualauth/core/settings'
import * as z from 'zod/mini'

/** The result of the application's minter. Null: the person has no account there. */
export type CustomMinted =
  /** Whole `Set-Cookie` fields, for a browser. */
  | { readonly cookies: readonly string[] }
  /** For a client that stores tokens. */
  | { readonly tokens: MintedTokens }
  /** The sign-in page, if no session can be created for this person. Null: the login page of the policy. */
  | { readonly signIn: string | null; readonly reason?: string }
  | null

/** The options of `customMinter`. */
export interface CustomMinterOptions {
  /** Name of the verifier that reads its sessions. */
  readonly verifier: string
  /**
   * Creates a session for `request.principal` that ends at `request.endsAt` at the latest. A throw means "cannot tell"
   * and becomes 503.
   */
  readonly mint: (request: MintRequest) => CustomMinted | Promise<CustomMinted>
  /** Ends a session that was not delivered. Default: it lives until its own expiry. */
  readonly end?: (minted: NonNullable<CustomMinted>) => void | Promise<void>
}

const schema = object({
  verifier: verifierName,
  mint: functionOption<CustomMinterOptions['mint']>(),
  end: z.exactOptional(functionOption<NonNullable<CustomMinterOptions['end']>>()),
})

/**
 * Creates sessions with a function of the application, for a vendor with an endpoint for it. The function gets the old
 * credential. Its result is not trusted: the verifier checks it like every new session.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function customMinter(options: CustomMinterOptions): SessionMinter {
  const { verifier, mint, end } = parseOptions(schema, options, 'customMinter')
  const made = new WeakMap<Minted, NonNullable<CustomMinted>>()
  return {
    verifier,
    async mint(request) {
      const custom = await mint(request)
      if (custom === null) return null
      const minted = mintedOf(custom)
      made.set(minted, custom)
      return minted
    },
    ...(end !== undefined && {
      async end(minted: Minted) {
        const custom = made.get(minted)
        if (custom !== undefined) await end(custom)
      },
    }),
  }
}

function mintedOf(custom: NonNullable<CustomMinted>): Minted {
  if (!isMade(custom)) throw new TypeError('customMinter: mint must return { cookies }, { tokens }, { signIn } or null')
  if ('tokens' in custom) return { kind: 'tokens', tokens: custom.tokens }
  if ('cookies' in custom) return { kind: 'cookies', cookies: custom.cookies.map(cookieOf) }
  return { kind: 'sign-in', url: custom.signIn, ...(custom.reason !== undefined && { reason: custom.reason }) }
}

/** What the application's function returns is seen by no compiler where it is JavaScript. */
function isMade(custom: unknown): boolean {
  const { cookies, tokens, signIn } = (custom ?? {}) as Readonly<Record<string, unknown>>
  const leads = signIn === null || typeof signIn === 'string'
  return Array.isArray(cookies) || leads || (typeof tokens === 'object' && tokens !== null)
}

/** @see RFC 6265 section 4.1.1 */
const FIELD = /^([\w!#$%&'*+.^`|~-]+)=[\x21-\x3a\x3c-\x7e]*(?:;[\x20-\x7e]*)?$/

function cookieOf(field: string): { readonly name: string; readonly field: string; endSession(): void } {
  const name = FIELD.exec(field)?.[1]
  if (name === undefined) throw new TypeError('customMinter: cookies must hold whole Set-Cookie fields')
  return { name, field, endSession: () => {} }
}
