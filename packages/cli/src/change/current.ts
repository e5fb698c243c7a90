import type { PolicyContent, PolicyDocument, Stage } from '@dualauth/core'
import type { Policies, StoredPolicy } from '@dualauth/postgres'
import { CliError, EXIT } from '../exit.js'

/** Where a migration stands before a change. */
export interface Current {
  /** Of the newest version; 0 where there is none. */
  readonly version: number
  readonly stored: StoredPolicy | null
  /** What instances take: of the newest version, or of the last good one. */
  readonly content: PolicyContent | null
}

export async function readCurrent(api: Policies, migration: string): Promise<Current> {
  const stored = await api.read(migration)
  const document = stored === null ? null : (stored.document ?? (await api.current(migration))?.document ?? null)
  return { version: stored?.version ?? 0, stored, content: document === null ? null : contentOf(document) }
}

/** Without what belongs to one version only. */
export function contentOf(document: PolicyDocument): PolicyContent {
  const { version: _, rollbackOf: __, ...content } = document
  return content
}

/** @param organization Null: everybody without a stage of their own. */
export function stageOf(content: PolicyContent, organization: string | null): Stage {
  return ownOf(content, organization)?.stage ?? content.stage
}

/** What a policy says of one organization only. */
export function ownOf(
  { organizations = {} }: PolicyContent,
  organization: string | null,
): NonNullable<PolicyContent['organizations']>[string] | undefined {
  return organization !== null && Object.hasOwn(organizations, organization) ? organizations[organization] : undefined
}

/** The same policy with another entry for one organization; undefined removes it. */
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
