import { TargetError } from '../../ports/target-error.js'
import type { TargetCall } from '../../ports/target.js'
import { openApi, type Api, type Resource } from './api.js'
import { equals, isPlain } from './filter.js'
import type { Settings } from './options.js'
import { GROUPS } from './paths.js'

/** What was learned about a directory, kept as long as its target. */
export interface Learnt {
  /** Its configuration was read, and says that it supports what is needed. */
  isFit: boolean
  /** The paths at which something was found by its external id. */
  readonly finds: Set<string>
  /** Something was found by an external id that needs escaping. */
  readsEscapes: boolean
  /** Whether `members.value eq` finds exactly the members. Null: not known yet. `asking`: one caller finds out. */
  filtersMembers: boolean | 'asking' | null
}

/** A directory, within one call of the target. */
export interface Directory {
  readonly settings: Settings
  readonly api: Api
  readonly learnt: Learnt
}

/**
 * @throws {TargetError} `filter_unsupported`, `patch_unsupported`: the directory says that it does not support what is
 *   needed.
 */
export async function openDirectory(settings: Settings, learnt: Learnt, call: TargetCall): Promise<Directory> {
  const api = openApi(settings, call)
  if (!learnt.isFit) {
    const config = await api.document('/ServiceProviderConfig')
    for (const feature of ['filter', 'patch'])
      if (isUnsupported(config, feature)) throw new TargetError('fatal', { code: `${feature}_unsupported` })
    learnt.isFit = true
  }
  return { settings, api, learnt }
}

/** A directory that says nothing is tried. */
function isUnsupported(config: unknown, feature: string): boolean {
  const said = (config as Readonly<Record<string, { readonly supported?: unknown } | null>> | null)?.[feature]
  return said?.supported === false
}

/**
 * Looks up our own id. `unsure`: nothing was found, but this directory may be unable to find an id like this one.
 * @throws {TargetError} `filter_unsupported`, `filter_ignored`: this directory cannot be searched, so nothing may be
 *   created in it.
 */
export async function findExternal(
  { api, learnt }: Directory,
  path: string,
  externalId: string,
): Promise<Resource | 'absent' | 'unsure' | 'ambiguous'> {
  const attributes = path === GROUPS ? 'externalId,displayName' : 'externalId,userName,emails'
  const listed = await api.list(path, equals('externalId', externalId), attributes)
  if (listed === null && isPlain(externalId)) throw new TargetError('fatal', { code: 'filter_unsupported' })
  // RFC 7643 section 3.1: case-sensitive; but some directories ignore case.
  if (listed?.some((one) => String(one['externalId']).toLowerCase() !== externalId.toLowerCase()) === true)
    throw new TargetError('fatal', { code: 'filter_ignored' })
  const [found, ...more] = (listed ?? []).filter((one) => one['externalId'] === externalId)
  if (found === undefined) return isPlain(externalId) || learnt.readsEscapes ? 'absent' : 'unsure'
  learnt.finds.add(path)
  if (!isPlain(externalId)) learnt.readsEscapes = true
  return more.length > 0 ? 'ambiguous' : found
}

/**
 * Checks that a created object is found again: otherwise a lost answer would lead to a duplicate.
 * @throws {TargetError} `external_id_not_kept`.
 */
export async function assertFound(
  directory: Directory,
  path: string,
  externalId: string,
  made: Resource,
): Promise<void> {
  if (made['externalId'] === externalId && (directory.learnt.finds.has(path) || !isPlain(externalId))) return
  const found = await findExternal(directory, path, externalId)
  if (typeof found === 'string' || found.id !== made.id)
    throw new TargetError('fatal', { code: 'external_id_not_kept' })
}
