import { isDeepStrictEqual } from 'node:util'
import type { PolicyContent, PolicyDocument } from '@dualauth/core'
import type { Policies } from '@dualauth/postgres'
import { CliError, EXIT } from '../exit.js'
import { contentOf, stageOf, type Current } from './current.js'

/** A version that a rollback can restore. */
export interface Earlier {
  readonly version: number
  readonly content: PolicyContent
}

export async function versionOf(api: Policies, migration: string, version: number): Promise<Earlier> {
  const [found] = await api.history({ migration, before: version + 1, limit: 1 })
  if (found === undefined || found.version !== version || found.document === null)
    throw new CliError(EXIT.refused, `There is no version ${version} that instances accept.`)
  return { version, content: contentOf(found.document) }
}

/**
 * The version before this one. After a rollback, the version before the restored one, so that a second rollback goes
 * further back instead of undoing the first.
 */
export async function earlierPolicy(current: Current, api: Policies, migration: string): Promise<Earlier> {
  const before = (await repeatedBy(current, api, migration)) ?? current.version
  for await (const document of documentsBefore(api, migration, before))
    return { version: document.version, content: contentOf(document) }
  throw new CliError(EXIT.refused, 'There is no earlier version to go back to.')
}

/** The version whose whole content the newest one repeats; undefined if it repeats none, or only a stage. */
async function repeatedBy({ stored }: Current, api: Policies, migration: string): Promise<number | undefined> {
  const version = stored?.document?.rollbackOf
  if (version === undefined || stored?.document == null) return undefined
  const [found] = await api.history({ migration, before: version + 1, limit: 1 })
  const isWhole = found?.document != null && isDeepStrictEqual(contentOf(found.document), contentOf(stored.document))
  return isWhole ? version : undefined
}

/**
 * The last version with a different stage. If the current stage comes from a rollback, the versions that it rolled back
 * are skipped, so that a second rollback goes further back instead of undoing the first.
 * @param organization Null: everybody whose organization has no stage of its own.
 */
export async function earlierStage(
  current: PolicyContent,
  api: Policies,
  { migration, organization }: { readonly migration: string; readonly organization: string | null },
): Promise<Earlier> {
  const stage = stageOf(current, organization)
  let later: PolicyDocument | null = null
  let passedOver = Number.POSITIVE_INFINITY
  for await (const document of documentsBefore(api, migration, Number.MAX_SAFE_INTEGER)) {
    if (document.version > passedOver) continue
    const isOther = stageOf(document, organization) !== stage
    const back: number | undefined = isOther ? later?.rollbackOf : undefined
    if (isOther && (back === undefined || back >= document.version))
      return { version: document.version, content: contentOf(document) }
    if (back !== undefined) passedOver = back
    later = isOther ? null : document
  }
  const whose = organization === null ? 'The migration' : organization
  throw new CliError(
    EXIT.refused,
    `${whose} has no earlier stage to go back to: it was always ${stage}, or it is back at its first stage.`,
  )
}

const PAGE = 200

/** The versions that instances accept, newest first. */
async function* documentsBefore(api: Policies, migration: string, version: number): AsyncGenerator<PolicyDocument> {
  let before = version
  for (;;) {
    const page = await api.history({ migration, before, limit: PAGE })
    for (const { document } of page) if (document !== null) yield document
    const last = page.at(-1)
    if (last === undefined || last.version <= 1) return
    before = last.version
  }
}
