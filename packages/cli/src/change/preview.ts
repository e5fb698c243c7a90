import { earliestLossFree, type Affected, type MovePlan, type PolicyContent } from '@dualauth/core'
import type { Session } from '../session.js'
import type { Current } from './current.js'
import { differencesOf, wordDifference, type Difference } from './differences.js'
import { people, wordMoment, wordPlace } from './words.js'
import { wordWarning } from './word-warning.js'

/** What a change would do, as data: `--json` prints it unchanged. */
export interface Preview extends MovePlan {
  readonly changes: readonly Difference[]
  /**
   * The earliest time at which `new-only` refuses nobody whom the cut-off accepts, as ISO 8601; null if no cut-off
   * says.
   */
  readonly earliestLossFree: string | null
}

export function previewOf({ content: before }: Current, after: PolicyContent, plan: MovePlan): Preview {
  const earliest = earliestLossFree(after.cutOff ?? {})
  return {
    ...plan,
    changes: differencesOf(before, after),
    earliestLossFree: earliest === null ? null : new Date(earliest).toISOString(),
  }
}

export function printPreview(
  { out, migration }: Session,
  { version }: Current,
  preview: Preview,
  after: PolicyContent,
): void {
  const { changes, affected, warnings, moves } = preview
  out.line(`Migration ${migration}, version ${version} → ${version + 1}`, 'bold')
  for (const change of changes) out.line(`  ${wordDifference(change)}`)
  if (moves.length === 0) out.line('No stage changes.')
  if (affected.length > 0) printAffected(out, preview)
  out.line(wordEarliest(preview.earliestLossFree, after))
  for (const warning of warnings) out.line(`Warning: ${wordWarning(warning)}`, 'yellow')
}

function printAffected(out: Session['out'], { affected, people: total }: Preview): void {
  const count = (value: number | null): string => (value === null ? 'not known' : String(value))
  out.line()
  out.table([
    ['Whom', 'From', 'To', 'Seen on the old side', 'Would have to sign in again', 'Organizations'],
    ...affected.map((one: Affected) => [
      wordPlace(one.organization),
      one.from ?? 'no policy',
      one.to,
      count(one.old),
      count(one.refused),
      count(one.organizations),
    ]),
  ])
  out.line()
  if (total !== null) out.line(`Seen there within 30 days, each once: ${people(total)}.`)
}

/**
 * If the cut-off ends everything on one date, that date promises nothing: it refuses everybody who has not moved by
 * then.
 */
function wordEarliest(earliest: string | null, { cutOff }: PolicyContent): string {
  if (earliest === null)
    return 'Earliest new-only without loss: unknown, because no cut-off says when the last credential of the old side ends (`dualauth cutoff set`).'
  const date = wordMoment(Date.parse(earliest))
  return cutOff?.acceptUntil !== undefined && Date.parse(cutOff.acceptUntil) === Date.parse(earliest)
    ? `From ${date} on, new-only refuses nobody else: by then the cut-off refuses everybody on the old side.`
    : `Earliest new-only without loss: ${date}`
}
