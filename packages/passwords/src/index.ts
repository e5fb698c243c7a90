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
