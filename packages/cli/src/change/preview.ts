import { earliestLossFree, type MovePlan, type PolicyContent, type SeenPeople } from '@dualauth/core'
import type { Session } from '../session.js'
import { affectedBy, type Affected } from './affected.js'
import type { Current } from './current.js'
import { differencesOf, wordDifference, type Difference } from './differences.js'
import { people, wordMoment, wordPlace, wordWarning } from './words.js'

/** What a change would do, as data: with `--json` it is printed as it stands. */
export interface Preview extends MovePlan {
  readonly changes: readonly Difference[]
  readonly affected: readonly Affected[]
  /** From when on `new-only` refuses nobody who holds a current credential, as ISO 8601; null: the cut-off does not say. */
  readonly earliestLossFree: string | null
}

export function previewOf(
  { content: before }: Current,
  after: PolicyContent,
  plan: MovePlan,
  seen: readonly SeenPeople[] | null,
): Preview {
  const earliest = earliestLossFree(after.cutOff ?? {})
  return {
    ...plan,
    changes: differencesOf(before, after),
    affected: affectedBy(plan.moves, before, after, seen),
    earliestLossFree: earliest === null ? null : new Date(earliest).toISOString(),
  }
}

export function printPreview({ out, migration }: Session, { version }: Current, preview: Preview): void {
  const { changes, affected, warnings, moves } = preview
  out.line(`Migration ${migration}, version ${version} → ${version + 1}`, 'bold')
  for (const change of changes) out.line(`  ${wordDifference(change)}`)
  if (moves.length > 0) printAffected(out, affected)
  else out.line('No stage changes.')
  out.line(
    preview.earliestLossFree === null
      ? 'Earliest new-only without loss: not known, the cut-off does not say.'
      : `Earliest new-only without loss: ${wordMoment(Date.parse(preview.earliestLossFree))}`,
  )
  for (const warning of warnings) out.line(`Warning: ${wordWarning(warning)}`, 'yellow')
}

function printAffected(out: Session['out'], affected: readonly Affected[]): void {
  const count = (value: number | null): string => (value === null ? 'not known' : String(value))
  out.line()
  out.table([
    ['Whom', 'From', 'To', 'People on the old side', 'On the new side only', 'Organizations'],
    ...affected.map((one) => [
      wordPlace(one.organization),
      one.from ?? 'no policy',
      one.to,
      count(one.old),
      count(one.new),
      count(one.organizations),
    ]),
  ])
  out.line()
  const total = affected.reduce((sum, one) => sum + (one.old ?? 0) + (one.new ?? 0), 0)
  if (affected.every(({ old }) => old !== null)) out.line(`Seen within 30 days, in all: ${people(total)}.`)
}
