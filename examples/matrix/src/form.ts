export type Headers = Readonly<Record<string, string>>

/** States of a credential; one that a form does not know is left out. */
export const STATES = ['valid', 'expired', 'tampered', 'for another', 'revoked', 'provider down'] as const
export type State = (typeof STATES)[number]

/** One kind of credential and how it travels. */
export interface Form {
  readonly name: string
  /** Name of the verifier that owns it. */
  readonly owner: string
  readonly states: Partial<Record<State, () => Headers | Promise<Headers>>>
  /** Breaks whoever is asked about it, or repairs him. */
  breakDown?(broken: boolean): void
}

export const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })
export const cookie = (...pairs: string[]): Headers => ({ cookie: pairs.join('; ') })
export const key = (value: string): Headers => ({ 'x-api-key': value })
export const EXPIRED = { expiresInSeconds: -60 }
