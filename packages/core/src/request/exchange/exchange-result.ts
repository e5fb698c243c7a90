import type { AuthError } from '../../errors/auth-error.js'
import type { CarrierKind } from '../../events/events.js'
import type { SetCookie } from '../../http/set-cookie.js'
import type { Principal } from '../../identity/principal.js'
import type { MintedTokens } from '../../migration/exchange/session-minter.js'

/** How `exchange` ends. */
export type ExchangeResult<P extends Principal = Principal> =
  | {
      readonly ok: true
      /** `current`: the caller is on the side that issues already, and nothing was minted. */
      readonly kind: 'exchanged' | 'current'
      /** Of the session that was minted, or of the current one. */
      readonly principal: P
      /** Of the credential that was exchanged. */
      readonly carrier: CarrierKind
      /** Null: a browser gets `cookies`. */
      readonly tokens: MintedTokens | null
      /** To be written with the response. */
      readonly cookies: readonly SetCookie[]
    }
  | { readonly ok: false; readonly error: AuthError; readonly cookies: readonly SetCookie[] }
