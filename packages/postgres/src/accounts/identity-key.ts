/** Verifier, issuer and subject: the key of a link. */
export interface IdentityKey {
  readonly verifier: string
  readonly issuer: string
  readonly subject: string
}

export function keyParams({ verifier, issuer, subject }: IdentityKey): readonly [string, string, string] {
  return [verifier, issuer, subject]
}
