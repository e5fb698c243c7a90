import { statSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { object, optionError, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { csvRows } from '../../files/csv.js'
import { countOf, isFileRow, type FileRow } from '../../files/rows.js'
import { fingerprintOf, MAX_BYTES } from '../../files/text.js'
import type { ReadOptions, Source, UnreadableRow } from '../../ports/source.js'
import { readManifest } from './manifest.js'
import { membershipOf, organizationOf, personOf, rowMembership, rowOrganization } from './rows.js'

/** The options of `workosPackageSource`. */
export interface WorkosPackageSourceOptions {
  /** The folder of a migration package (`users.csv`, `manifest.json` and so on), or a single file like `users.csv`. */
  readonly from: string
  /** Maximum size of an unpacked file, in bytes. Default 4 GiB. */
  readonly maxBytes?: number
}

const schema = object({ from: text, maxBytes: z._default(wholeBetween(1, Number.MAX_SAFE_INTEGER), MAX_BYTES) })

const OPTION = 'workosPackageSource.from'
/** The columns that each file needs to show who and where. */
const REQUIRED = {
  'users.csv': ['email', 'external_id'],
  'organizations.csv': ['org_external_id', 'org_name'],
  'organization_memberships.csv': ['external_id', 'org_external_id'],
} as const
type FileName = keyof typeof REQUIRED

/**
 * Reads a migration package of WorkOS, as its tool `workos-migrate export` writes it, or the CSV file of users that
 * `workos-migrate import` takes. An `external_id` becomes the id of a person; organizations use their
 * `org_external_id`, otherwise `org_id`. Without the files of organizations and memberships, those in the rows of users
 * are used. Passwords in plain text and secrets of a second factor are never read.
 *
 * The tool marks the address of everybody from Clerk as verified. Here it counts as verified only if Clerk's own list,
 * which the tool keeps in `metadata`, says so.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option; on reading: no such package, or a missing column.
 * @see https://workos.com/docs/cli/migrations
 * @see https://github.com/workos/workos-migrations/blob/main/docs/migration-package.md
 */
export function workosPackageSource(options: WorkosPackageSourceOptions): Source {
  const { from, maxBytes } = parseOptions(schema, options, 'workosPackageSource')
  const isFolder = (): boolean => statSync(from, { throwIfNoEntry: false })?.isDirectory() === true
  const pathOf = (file: FileName): string => (isFolder() ? join(from, file) : from)

  function rows(file: FileName, { signal }: ReadOptions): AsyncGenerator<FileRow | UnreadableRow> {
    return csvRows(pathOf(file), { option: OPTION, signal, maxBytes, required: REQUIRED[file] })
  }

  /** Whether a file of the package has rows; one with only a header counts as missing. */
  async function isFilled(file: FileName, reading: ReadOptions): Promise<boolean> {
    if (!isFolder() || !(await isThere(join(from, file)))) return false
    for await (const row of rows(file, reading)) return row !== undefined
    return false
  }

  async function* people(reading: ReadOptions): AsyncGenerator {
    const provider = await check()
    for await (const row of rows('users.csv', reading)) yield isFileRow(row) ? personOf(row.value, provider) : row
  }

  async function* organizations(reading: ReadOptions): AsyncGenerator {
    await check()
    if (await isFilled('organizations.csv', reading)) {
      for await (const row of rows('organizations.csv', reading)) yield isFileRow(row) ? organizationOf(row.value) : row
      return
    }
    const seen = new Set<string>()
    for await (const row of rows('users.csv', reading)) {
      const organization = isFileRow(row) ? rowOrganization(row.value) : null
      if (organization === null || seen.has(organization.id)) continue
      seen.add(organization.id)
      yield organization
    }
  }

  async function* memberships(reading: ReadOptions): AsyncGenerator {
    await check()
    if (await isFilled('organization_memberships.csv', reading)) {
      for await (const row of rows('organization_memberships.csv', reading))
        yield isFileRow(row) ? membershipOf(row) : row
      return
    }
    for await (const row of rows('users.csv', reading)) {
      const membership = isFileRow(row) ? rowMembership(row.value) : null
      if (membership !== null) yield membership
    }
  }

  /** Which provider the package is from; null if unknown. */
  async function check(): Promise<string | null> {
    if (!isFolder()) return null
    if (!(await isThere(join(from, 'users.csv'))))
      throw optionError(OPTION, 'has no users.csv: it is no migration package')
    return readManifest(join(from, 'manifest.json'), OPTION)
  }

  return {
    name: `workos-package:${basename(from)}`,
    people,
    organizations,
    memberships,
    async count(kind) {
      const read = { person: people, organization: organizations, membership: memberships, group: null }[kind]
      return read === null ? 0 : countOf(read)
    },
    fingerprint: () => fingerprintOf([pathOf('users.csv')]),
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
