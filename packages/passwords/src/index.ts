export { createPasswords, type HashDescription, type Passwords, type PasswordVerdict } from './create-passwords.js'
export type { PasswordsOptions, PasswordTarget } from './options.js'
export { firebaseHash } from './formats/firebase.js'
export type {
  Argon2Library,
  BcryptLibrary,
  FirebaseParameters,
  HashLimits,
  PasswordFormat,
} from './formats/stored-hash.js'
export {
  onLegacyLogin,
  type LegacyLogin,
  type LegacyLoginHook,
  type LegacyLoginOptions,
  type PasswordPushEvent,
  type PushPassword,
  type PushResult,
} from './push/on-legacy-login.js'
export {
  workosPasswords,
  type WorkosPasswordsOptions,
  type WorkosUser,
  type WorkosUsers,
} from './push/workos-passwords.js'
