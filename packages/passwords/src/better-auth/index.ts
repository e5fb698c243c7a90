// What is used of Better Auth is imported here alone: an application without it imports the package's main entry only.
export { betterAuthPassword, type BetterAuthPassword } from './better-auth-password.js'
export { betterAuthPasswords, type BetterAuthPasswordsOptions, type PasswordInstance } from './better-auth-passwords.js'
export { lazyImport } from './lazy-import/lazy-import.js'
export type { LazyImportConflict, LazyImportOptions, LegacyPerson } from './lazy-import/options.js'
export { legacyMoves } from './legacy-moves.js'
export type { PasswordPlugin } from './plugin.js'
export { rehashOnSignIn } from './rehash-on-sign-in.js'
