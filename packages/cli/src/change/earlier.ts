import type { PolicyContent } from '@dualauth/core'
import type { Policies, StoredPolicy } from '@dualauth/postgres'
import { CliError, EXIT } from '../exit.js'
import { contentOf, ownOf, type Current } from './current.js'

/** A version that can be gone back to. */
export interface Earlier {
  readonly version: number
  readonly content: PolicyContent
}

const PAGE = 200

/**
 * The version to go back to: the one named, or the one before. After a rollback that is the one before the version that was
 * gone back to, so that a second rollback goes further back and does not undo the first. Of one organization it is the last
 * version that said something else about it.
 */
export async function earlierOf(
  { version, stored, content }: Current,
  api: Policies,
  {
    migration,
    organization,
    to,
  }: { readonly migration: string; readonly organization: string | null; readonly to: number | null },
): Promise<Earlier> {
  if (to !== null) {
    const [found] = await api.history({ migration, before: to + 1, limit: 1 })
    if (found === undefined || found.version !== to || found.document === null)
      throw new CliError(EXIT.refused, `There is no version ${to} that instances take.`)
    return { version: to, content: contentOf(found.document) }
  }
  const now = spell(content, organization)
  const isEarlier = (one: StoredPolicy): boolean =>
    one.document !== null && (organization === null || spell(contentOf(one.document), organization) !== now)
  let before = organization === null ? (stored?.document?.rollbackOf ?? version) : version
  for (;;) {
    const page = await api.history({ migration, before, limit: PAGE })
    const found = page.find(isEarlier)
    if (found?.document != null) return { version: found.version, content: contentOf(found.document) }
    const last = page.at(-1)
    if (last === undefined || last.version <= 1)
      throw new CliError(EXIT.refused, 'There is no earlier version to go back to.')
    before = last.version
  }
}

function spell(content: PolicyContent | null, organization: string | null): string {
  const { stage, basisPoints, hold } = (content === null ? undefined : ownOf(content, organization)) ?? {}
  return JSON.stringify([stage ?? null, basisPoints ?? null, hold ?? false])
}
