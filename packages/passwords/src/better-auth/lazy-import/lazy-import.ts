import { legacyMovesSchema } from '../legacy-moves.js'
import { createOneByOne } from '../../work/one-by-one.js'
import { hookOf, type PasswordPlugin } from '../plugin.js'
import { guards } from './guard.js'
import { judging } from './judging.js'
import { afterwards, move } from './move.js'
import { parseLazyImportOptions, type LazyImportOptions } from './options.js'

/**
 * A plugin of Better Auth that moves a person at the first sign-in: nobody is copied in advance, and nobody chooses a
 * new password.
 *
 * Before `/sign-in/email`, an address without a password in Better Auth is looked up at the old side. If the password
 * is that of the hash there, user and account are written, in one transaction where the database has them, and Better
 * Auth goes on as if they had always been there. People who are there already are never touched: not even one with the
 * same address and another way of signing in. The exception is a user whose id is the one that `find` gives, who gets
 * the password, once. Who has come is kept in the table `legacyMove`, so that nobody comes again whose user or password
 * was removed since.
 *
 * A wrong password and an unknown address are Better Auth's own 401, after the same work. A right one whose address
 * somebody else has here is 409 `identity_conflict`. An outage of the old side, and a hash that cannot be judged, are
 * 503. New hashes are of the option `target`, which Better Auth judges by this plugin.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function lazyImport(options: LazyImportOptions): PasswordPlugin<'dualauth-lazy-import'> {
  const settings = parseLazyImportOptions(options)
  const oneByOne = createOneByOne()
  return {
    id: 'dualauth-lazy-import',
    schema: legacyMovesSchema,
    init: judging(settings.passwords),
    hooks: {
      before: [
        hookOf(['/sign-in/email'], (context) => move(settings, oneByOne, context)),
        ...(settings.guardSignUp ? guards(settings) : []),
      ],
      after: [hookOf(['/sign-in/email'], (context) => afterwards(settings, context))],
    },
  }
}
