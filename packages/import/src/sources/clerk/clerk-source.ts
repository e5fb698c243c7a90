import { basename, extname } from 'node:path'
import { object, optionError, parseOptions, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { csvRows } from '../../files/csv.js'
import { jsonObjects, MAX_OBJECT } from '../../files/json.js'
import { countOf, isFileRow, recognised } from '../../files/rows.js'
import { fingerprintOf, type FileReading } from '../../files/text.js'
import type { ReadOptions, Source } from '../../ports/source.js'
import { exportFields } from '../export-fields.js'
import { none, readPasswords } from './passwords.js'
import { personOfApi, personOfCsv } from './person.js'

/** The options of `clerkSource`. Files may be packed with gzip. */
export interface ClerkSourceOptions {
  /**
   * Users as the Backend API lists them: a JSON list, or one on each line. Or the dashboard's CSV file, whose name ends
   * in `.csv` or `.csv.gz`: it has no accounts at other providers and does not say who is banned, so `nobodyBanned` is
   * required.
   */
  readonly users: string
  /**
   * The dashboard's CSV file, for the passwords that the API does not show. People with a password (`password_enabled`)
   * but no hash in the file are listed as `reset_required`. Without the file: all people with a password. Cannot be
   * combined with CSV in `users`.
   */
  readonly passwords?: string
  /** Confirms that nobody is banned, if `users` is CSV. Default false: such a file is refused. */
  readonly nobodyBanned?: boolean
  /**
   * The target's names of providers, by their names in Clerk. Default: without `oauth_`, so that `oauth_google` is
   * `google`.
   */
  readonly providers?: Readonly<Record<string, string>>
  /**
   * Further fields to copy into `metadata`, such as `public_metadata` and `username`. Default none; secrets of a second
   * factor never.
   */
  readonly metadata?: readonly string[]
  /** Maximum size of an unpacked file, in bytes. Default 4 GiB. */
  readonly maxBytes?: number
}

const schema = object({
  ...exportFields,
  nobodyBanned: z._default(z.boolean(), false),
  providers: z._default(z.record(z.string(), text), {}),
})

const COLUMNS: readonly string[] = ['id', 'primary_email_address', 'verified_email_addresses']
const SECRETS: readonly string[] = ['totp_secret', 'password_digest']

/**
 * Reads users from the files that Clerk exports. A `banned` user is disabled. An address counts as verified only if
 * Clerk says so. Users are streamed; ids and hashes of `passwords` are kept in memory, about 200 bytes each.
 *
 * People in `passwords` but not in `users` count as failed (`user_missing`), so nobody is lost between two exports.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option; on reading: the wrong kind of file, one that is cut off,
 *   or a missing column. A missing file is an error on reading.
 * @see https://clerk.com/docs/guides/development/migrating/export-from-clerk
 * @see https://clerk.com/docs/reference/backend-api/model/User
 */
export function clerkSource(options: ClerkSourceOptions): Source {
  const { users, passwords, nobodyBanned, providers, metadata, maxBytes } = parseOptions(schema, options, 'clerkSource')
  const isCsv = extname(users.replace(/\.gz$/i, '')).toLowerCase() === '.csv'
  if (isCsv && passwords !== undefined)
    throw optionError('clerkSource.passwords', 'is not needed: `users` is a CSV file and has them')
  if (isCsv && !nobodyBanned)
    throw optionError(
      'clerkSource.users',
      'is a CSV file, which does not say who is banned: give users as the Backend API lists them, and the CSV file as `passwords`; or say `nobodyBanned`',
    )
  const secret = metadata.find((name) => SECRETS.includes(name))
  if (secret !== undefined) throw optionError('clerkSource.metadata', `may not name ${secret}`)
  const mapping = { providers: new Map(Object.entries(providers)), metadata }
  const reading = (option: string, signal: AbortSignal): FileReading => ({
    option: `clerkSource.${option}`,
    signal,
    maxBytes,
  })

  async function* fromCsv({ signal }: ReadOptions): AsyncGenerator {
    for await (const row of csvRows(users, { ...reading('users', signal), required: COLUMNS }))
      yield isFileRow(row) ? personOfCsv(row.value, mapping) : row
  }

  async function* fromApi({ signal }: ReadOptions): AsyncGenerator {
    const rows = jsonObjects(users, { ...reading('users', signal), maxLine: MAX_OBJECT })
    const failure = (): Error =>
      optionError('clerkSource.users', 'is no list of users of Clerk: its first objects have no "email_addresses"')
    const { of, bad } = passwords === undefined ? none() : await readPasswords(passwords, reading('passwords', signal))
    yield* bad
    const missing = new Map([...of].map(([id, { at }]) => [id, at]))
    for await (const row of recognised(rows, ({ email_addresses: list }) => Array.isArray(list), failure)) {
      const id = isFileRow(row) ? String(row.value['id']) : ''
      missing.delete(id)
      yield isFileRow(row) ? personOfApi(row.value, mapping, of.get(id)?.password) : row
    }
    for (const at of missing.values()) yield { unreadable: 'user_missing', at }
  }

  const people = isCsv ? fromCsv : fromApi
  return {
    name: `clerk:${basename(users)}`,
    people,
    count: async (kind) => (kind === 'person' ? countOf(people) : 0),
    fingerprint: () => fingerprintOf(passwords === undefined ? [users] : [users, passwords]),
  }
}
