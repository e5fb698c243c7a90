import type { AuthError } from '../../errors/auth-error.js'
import type { CarrierKind } from '../../events/events.js'
import type { SetCookie } from '../../http/set-cookie.js'
import type { Principal } from '../../identity/principal.js'
import type { MintedTokens } from '../../migration/exchange/session-minter.js'

/** The result of `exchange`. */
export type ExchangeResult<P extends Principal = Principal> =
  | {
      readonly ok: true
      /** `current`: the caller is already on the side that issues, and no session was created. */
      readonly kind: 'exchanged' | 'current'
      /** The principal of the new session, or of the current one. */
      readonly principal: P
      /** The carrier of the exchanged credential. */
      readonly carrier: CarrierKind
      /** Null for a browser, which gets `cookies`. */
      readonly tokens: MintedTokens | null
      /** Cookies to write with the response. */
      readonly cookies: readonly SetCookie[]
    }
  | { readonly ok: false; readonly error: AuthError; readonly cookies: readonly SetCookie[] }
