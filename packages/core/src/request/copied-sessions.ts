import type { Revocation } from '../cache/revocations.js'
import type { Verifier } from '../route/verifier.js'
import type { Line } from './line.js'
import { isAsked } from './owners.js'

/**
 * What ends the sessions of a credential that somebody copied, of those verifiers that know it in more spellings than its text tells.
 *
 * @throws whatever a store of the app throws: nobody may be told that all is over.
 */
export async function sessionsOfCopied(line: Line, copied: string): Promise<readonly Revocation[]> {
  const found = await Promise.all(
    line.open.map(async (open, place): Promise<readonly Revocation[]> => {
      if (open.sessionIdOf === undefined || !(await isAsked(line, place))) return []
      const id = await open.sessionIdOf(copied)
      return id === null ? [] : [{ kind: 'session', id, verifier: (line.verifiers[place] as Verifier).name }]
    }),
  )
  return found.flat()
}
