import type { PolicyContent, PolicyDocument, Stage } from '@dualauth/core'
import type { Policies, StoredPolicy } from '@dualauth/postgres'
import { CliError, EXIT } from '../exit.js'

/** Where a migration stands before a change. */
export interface Current {
  /** The newest version; 0 if there is none. */
  readonly version: number
  readonly stored: StoredPolicy | null
  /** The content that instances use: the newest version's, or the last good one's. */
  readonly content: PolicyContent | null
}

export async function readCurrent(api: Policies, migration: string): Promise<Current> {
  const stored = await api.read(migration)
  const document = stored === null ? null : (stored.document ?? (await api.current(migration))?.document ?? null)
  return { version: stored?.version ?? 0, stored, content: document === null ? null : contentOf(document) }
}

/** The document without the fields that belong to one version only. */
export function contentOf(document: PolicyDocument): PolicyContent {
  const { version: _, rollbackOf: __, ...content } = document
  return content
}

/** @param organization Null: everybody whose organization has no stage of its own. */
export function stageOf(content: PolicyContent, organization: string | null): Stage {
  return ownOf(content, organization)?.stage ?? content.stage
}

/** The policy's entry for one organization. */
export function ownOf(
  { organizations = {} }: PolicyContent,
  organization: string | null,
): NonNullable<PolicyContent['organizations']>[string] | undefined {
  return organization !== null && Object.hasOwn(organizations, organization) ? organizations[organization] : undefined
}

/** The same policy with a different entry for one organization; undefined removes the entry. */
export function withOwn(
  content: PolicyContent,
  organization: string,
  own: NonNullable<PolicyContent['organizations']>[string] | undefined,
): PolicyContent {
  const { organizations = {}, ...rest } = content
  const others = Object.entries(organizations).filter(([name]) => name !== organization)
  const entries =
    own === undefined || Object.keys(own).length === 0 ? others : [...others, [organization, own] as const]
  // `__proto__` is an id like any other.
  return entries.length === 0 ? rest : { ...rest, organizations: Object.fromEntries(entries) }
}

export function noPolicy(): CliError {
  return new CliError(
    EXIT.refused,
    'There is no policy yet: start with `dualauth stage set off --reason …`, which changes nothing for callers.',
  )
}
