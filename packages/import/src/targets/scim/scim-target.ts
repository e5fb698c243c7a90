import type { Target, TargetCall } from '../../ports/target.js'
import { check } from './check.js'
import { create } from './create.js'
import { openDirectory, type Directory, type Learnt } from './directory.js'
import { find } from './find.js'
import { settingsOf, type ScimTargetOptions } from './options.js'
import { remove } from './remove.js'
import { adopt, update } from './update.js'

/**
 * Creates users, groups and their members in a SCIM 2.0 directory, one request at a time. The source's id becomes their
 * `externalId`, which is used to find everything again. A directory that cannot filter by it, or does not keep it, is
 * refused (`filter_unsupported`, `filter_ignored`, `external_id_not_kept`), because a lost answer would create people
 * twice. Organizations become groups, memberships and the members of groups are added by PATCH and never replaced. A
 * disabled person is not `active`.
 *
 * SCIM does not accept hashes: people with a password are listed as `reset_required`. It has no fields for verified
 * addresses, roles, dates, metadata and accounts at other providers.
 *
 * What a directory cannot hold is refused before anything is sent: `no_user_name`, `invalid_name` (a group without
 * one), `invalid_id` (a group whose id begins with `organization:`), and `id_not_searchable`: neither id nor name can
 * be searched for, since both hold quotes or backslashes, which this directory cannot read.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see RFC 7643, RFC 7644
 */
export function scimTarget(options: ScimTargetOptions): Target {
  const settings = settingsOf(options)
  const learnt: Learnt = { isFit: false, finds: new Set(), readsEscapes: false, filtersMembers: null }
  const each =
    <Asked, Answer>(answer: (directory: Directory, one: Asked, call: TargetCall) => Promise<Answer>) =>
    async (all: readonly Asked[], call: TargetCall): Promise<readonly Answer[]> => {
      const directory = await openDirectory(settings, learnt, call)
      const answers: Answer[] = []
      for (const one of all) answers.push(await answer(directory, one, call))
      return answers
    }
  const organizations = settings.organizations === 'groups'
  return {
    name: settings.name,
    kinds: organizations ? ['organization', 'person', 'membership', 'group'] : ['person', 'group'],
    // An error of a call applies to all its items.
    batchSize: 1,
    // If user names are not addresses, two people may have the same address.
    uniqueAddresses: settings.userName === undefined,
    uniqueNames: settings.uniqueGroupNames,
    takesPassword: () => false,
    find: each(find),
    create: each(create),
    adopt: each(adopt),
    update: each(update),
    remove: each(remove),
    check: each(check),
  }
}
