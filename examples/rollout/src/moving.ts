import { betterAuthTarget, createImport, sqlSource, type Import, type ImportOptions } from '@dualauth/import'
import type { Database } from '@dualauth/postgres'

/** Everybody who has a password on the old side, ten at a time; their hashes go along. The command `dualauth import` does the same. */
export function createMove({ query, pool }: Database, more: Partial<ImportOptions> = {}): Import {
  return createImport({
    query,
    source: sqlSource({
      query,
      people: 'select id, email, email_verified, password_hash from users where password_hash is not null',
    }),
    target: betterAuthTarget({ query, pool, passwords: ['better-auth', 'bcrypt'] }),
    link: { verifier: 'better-auth', issuer: 'better-auth' },
    batchSize: 10,
    ...more,
  })
}
