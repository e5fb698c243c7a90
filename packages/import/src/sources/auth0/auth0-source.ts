import { basename } from 'node:path'
import { object, optionError, parseOptions, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { jsonLines, MAX_OBJECT } from '../../files/json.js'
import { countOf, isFileRow, recognised } from '../../files/rows.js'
import { fingerprintOf } from '../../files/text.js'
import type { ReadOptions, Source } from '../../ports/source.js'
import { exportFields } from '../export-fields.js'
import { readHashes } from './hashes.js'
import { personOf } from './person.js'

/** The options of `auth0Source`. Files may be packed with gzip. */
export interface Auth0SourceOptions {
  /**
   * The file of a job "export users" with `format: 'json'`: one user on each line. Request in `fields`: `user_id`,
   * `email`, `email_verified`, `name`, `given_name`, `family_name`, `picture`, `identities`, `blocked`, `created_at`,
   * `updated_at`: fields that the job leaves out are unknown, so without `blocked` nobody is disabled.
   */
  readonly users: string
  /**
   * The file of password hashes from Auth0's support. People with a password (an identity of provider `auth0`) but no
   * hash in the file are listed as `reset_required`. Without the file: all people with a password.
   */
  readonly passwords?: string
  /**
   * The target's names of providers, by their names in Auth0: of the social connection (`google-oauth2`), otherwise of
   * the connection. Default `{ 'google-oauth2': 'google' }`; other providers keep their names.
   */
  readonly providers?: Readonly<Record<string, string>>
  /** Further fields to copy into `metadata`, such as `app_metadata` and `username`. Default none. */
  readonly metadata?: readonly string[]
  /** Maximum size of an unpacked file, in bytes. Default 4 GiB. */
  readonly maxBytes?: number
}

const schema = object({
  ...exportFields,
  providers: z._default(z.record(z.string(), text), { 'google-oauth2': 'google' }),
})

/**
 * Reads users from the files that Auth0 exports. A `blocked` user is disabled; `email_verified` is used unchanged.
 * Accounts at other providers are imported without their tokens. Users are streamed; ids and hashes of the password
 * file are kept in memory, about 200 bytes each.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option; on reading: the wrong kind of file, or one that is cut
 *   off. A missing file is an error on reading.
 * @see https://auth0.com/docs/manage-users/user-migration/bulk-user-exports
 * @see https://auth0.com/docs/manage-users/user-accounts/user-profiles/user-profile-structure
 */
export function auth0Source(options: Auth0SourceOptions): Source {
  const { users, passwords, providers, metadata, maxBytes } = parseOptions(schema, options, 'auth0Source')
  async function* people({ signal }: ReadOptions): AsyncGenerator {
    const reading = { signal, maxBytes }
    const hashes =
      passwords === undefined
        ? { of: new Map<string, string>(), bad: [] }
        : await readHashes(passwords, { ...reading, option: 'auth0Source.passwords' })
    yield* hashes.bad
    const mapping = { hashes, providers: new Map(Object.entries(providers)), metadata }
    const lines = jsonLines(users, { ...reading, option: 'auth0Source.users', maxLine: MAX_OBJECT })
    const failure = (): Error =>
      optionError('auth0Source.users', 'is no export of users of Auth0: its first lines have no "user_id"')
    for await (const row of recognised(lines, (value) => 'user_id' in value, failure))
      yield isFileRow(row) ? personOf(row.value, mapping) : row
  }
  return {
    name: `auth0:${basename(users)}`,
    people,
    count: async (kind) => (kind === 'person' ? countOf(people) : 0),
    fingerprint: () => fingerprintOf(passwords === undefined ? [users] : [users, passwords]),
  }
}
