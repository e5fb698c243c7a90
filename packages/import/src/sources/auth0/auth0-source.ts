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
   * The file of a job "export users" with `format: 'json'`: one user a line. Ask in `fields` for `user_id`, `email`,
   * `email_verified`, `name`, `given_name`, `family_name`, `picture`, `identities`, `blocked`, `created_at`, `updated_at`: what the job
   * leaves out is unknown here, so that without `blocked` nobody is disabled.
   */
  readonly users: string
  /**
   * The file of hashes of passwords that Auth0's support makes. Whoever has a password (an identity of provider `auth0`) and no hash in it
   * is listed as `reset_required`; left out: all of those.
   */
  readonly passwords?: string
  /**
   * How providers are called in the target, by the names of Auth0: those of social connections (`google-oauth2`), else of the
   * connection. Default `{ 'google-oauth2': 'google' }`; what is not named keeps its name.
   */
  readonly providers?: Readonly<Record<string, string>>
  /** Which further fields go into `metadata`, such as `app_metadata` and `username`. Default none. */
  readonly metadata?: readonly string[]
  /** How long a file may be, unpacked. Default 4 GiB. */
  readonly maxBytes?: number
}

const schema = object({
  ...exportFields,
  providers: z._default(z.record(z.string(), text), { 'google-oauth2': 'google' }),
})

/**
 * Reads users from the files that Auth0 exports. Whoever is `blocked` is disabled; `email_verified` is taken as it is. Accounts at
 * other providers go along without their tokens. Users are streamed; of the file of passwords, ids and hashes are held, about 200 bytes each.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option; when it is read: another file than the option says, or one that is cut
 * off. A file that is not there is an error when it is read.
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
