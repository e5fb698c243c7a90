import type { Database } from '@dualauth/postgres'
import { CliError, EXIT } from '../exit.js'
import { readInstances, type Instance } from '../read/instances.js'
import type { Session } from '../session.js'
import { pause } from '../terminal/pause.js'

/** Between two looks. */
const LOOK_MS = 500

/**
 * Waits until every instance that was heard of lately knows the version. Instances say so with their evidence, at least once a
 * minute.
 *
 * @returns The instances, all of which know it.
 * @throws {CliError} The time is over, nothing was heard of any instance, or it was interrupted.
 */
export async function waitForInstances(
  session: Session,
  { query }: Database,
  { version, seconds }: { readonly version: number; readonly seconds: number },
): Promise<readonly Instance[]> {
  const interrupted = session.terminal.interruption()
  const until = Date.now() + seconds * 1000
  let reported = -1
  for (;;) {
    const instances = await readInstances(query, session.migration)
    const behind = instances.filter((instance) => (instance.version ?? 0) < version)
    if (instances.length > 0 && behind.length === 0) return instances
    if (!session.isJson && behind.length !== reported)
      session.out.line(`Waiting for ${behind.length} of ${instances.length} instances.`)
    reported = behind.length
    if (interrupted.aborted)
      throw new CliError(EXIT.notSeenYet, `Version ${version} is written; the wait was interrupted.`)
    if (Date.now() >= until) throw new CliError(EXIT.notSeenYet, notSeen(version, instances, behind))
    await pause(Math.min(LOOK_MS, Math.max(until - Date.now(), 1)), interrupted)
  }
}

function notSeen(version: number, instances: readonly Instance[], behind: readonly Instance[]): string {
  if (instances.length === 0)
    return `Version ${version} is written, but no instance keeps evidence, so that nobody can say who knows it.`
  const named = behind.slice(0, 5).map(({ instance }) => instance)
  return `Version ${version} is written, but ${behind.length} of ${instances.length} instances do not know it yet: ${named.join(', ')}.`
}
