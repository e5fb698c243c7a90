import type { Revocation } from '../cache/revocations.js'
import type { Verifier } from '../route/verifier.js'
import type { Line } from './line.js'
import { isAsked } from './owners.js'

/**
 * What ends the sessions of a credential that somebody copied, of those verifiers that know it in more spellings than its text tells.
 *
 * @throws whatever a store or a function of the app threw, if no verifier found a session: nobody may be told that all
 *   is over.
 */
export async function sessionsOfCopied(line: Line, copied: string): Promise<readonly Revocation[]> {
  const asked = await Promise.allSettled(
    line.open.map(async (open, place): Promise<readonly Revocation[]> => {
      if (open.sessionIdOf === undefined || !(await isAsked(line, place))) return []
      const id = await open.sessionIdOf(copied)
      return id === null ? [] : [{ kind: 'session', id, verifier: (line.verifiers[place] as Verifier).name }]
    }),
  )
  const found = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  const failed = asked.find((one) => one.status === 'rejected')
  if (found.length === 0 && failed !== undefined) throw failed.reason
  return found
}
