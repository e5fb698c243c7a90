import type { Account } from '@dualauth/core'

/** A row of the application's own accounts table. */
export interface AppAccount extends Account {
  readonly name: string
  readonly roles: readonly string[]
}

/** The accounts, and the table that says which identity of which provider is which account. */
export interface Accounts {
  link(account: AppAccount, verifier: string, issuer: string, subject: string): void
  find(verifier: string, issuer: string, subject: string): AppAccount | null
}

export function createAccounts(): Accounts {
  const links = new Map<string, AppAccount>()
  const key = (...parts: string[]): string => JSON.stringify(parts)
  return {
    link: (account, ...identity) => void links.set(key(...identity), account),
    find: (...identity) => links.get(key(...identity)) ?? null,
  }
}
