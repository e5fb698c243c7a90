import { policyDigest, type PolicyDocument } from '@dualauth/core'
import type { Database } from '@dualauth/postgres'
import { CliError, EXIT } from '../exit.js'
import { hasPolicy, nameOf, readInstances, type Instance } from '../read/instances.js'
import type { Session } from '../session.js'
import { pause } from '../terminal/pause.js'

/** Time between two checks. */
const LOOK_MS = 500

/**
 * Waits until every recently seen instance knows the policy, by version and content, or a later one. Instances report
 * this with their evidence, at least once a minute.
 *
 * @returns The instances, all of which know it.
 * @throws {CliError} Time ran out, no instance reported, or the wait was interrupted.
 */
export async function waitForInstances(
  session: Session,
  { query }: Database,
  { document, seconds }: { readonly document: PolicyDocument; readonly seconds: number },
): Promise<readonly Instance[]> {
  const { version } = document
  const digest = await policyDigest(document)
  const isNewer = (one: Instance): boolean => one.isStored && (one.version ?? 0) > version
  const interrupted = session.terminal.interruption()
  const until = Date.now() + seconds * 1000
  let reported = -1
  for (;;) {
    const instances = await readInstances(query, session.migration)
    const behind = instances.filter((one) => !hasPolicy(one, { version, digest }) && !isNewer(one))
    if (instances.length > 0 && behind.length === 0) return instances
    if (!session.isJson && behind.length !== reported)
      session.out.line(
        instances.length === 0
          ? 'No instance has reported lately. Waiting for one that keeps evidence.'
          : `Waiting for ${behind.length} of ${instances.length} instances.`,
      )
    reported = behind.length
    if (interrupted.aborted)
      throw new CliError(EXIT.notSeenYet, `Version ${version} is written; the wait was interrupted.`)
    if (Date.now() >= until) throw new CliError(EXIT.notSeenYet, notSeen(version, instances, behind))
    await pause(Math.min(LOOK_MS, Math.max(until - Date.now(), 1)), interrupted)
  }
}

function notSeen(version: number, instances: readonly Instance[], behind: readonly Instance[]): string {
  if (instances.length === 0)
    return `Version ${version} is written, but no instance keeps evidence, so it is unknown which instances have it.`
  const named = behind.slice(0, 5).map(nameOf)
  return `Version ${version} is written, but ${behind.length} of ${instances.length} instances do not have it yet: ${named.join(', ')}.`
}
