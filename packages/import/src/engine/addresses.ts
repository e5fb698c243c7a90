import type { Digests } from '../rows/digest.js'
import { parseRow } from '../rows/parse.js'
import type { Source } from '../ports/source.js'

/** Eight bytes per person: a hundred thousand take less than a megabyte. */
const PORTION = 65_536

/** Digests of addresses that occur more than once in the source. Reads all people once. */
export async function sharedAddresses(
  source: Source,
  digests: Digests,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  let all = new Float64Array(PORTION)
  let length = 0
  for await (const value of source.people({ signal })) {
    const parsed = parseRow('person', value)
    if (!parsed.ok || parsed.row.email === null) continue
    if (length === all.length) {
      const larger = new Float64Array(length * 2)
      larger.set(all)
      all = larger
    }
    all[length++] = digests.address(parsed.row.email)
  }
  const sorted = all.subarray(0, length).sort()
  return new Set(sorted.filter((value, index) => value === sorted[index - 1]))
}
