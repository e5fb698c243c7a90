import type { Target, TargetCall } from '../../ports/target.js'
import { openApi, type Api } from './api.js'
import { check } from './check.js'
import { adopt, create, update } from './create.js'
import { find } from './find.js'
import { settingsOf, type WorkosTargetOptions } from './options.js'
import { passwordOf } from './password.js'
import { remove } from './remove.js'

/**
 * Creates people, organizations and memberships in WorkOS with its management API, one request at a time. The source's
 * id becomes their `external_id`; a membership is identified by its user and its organization. Password hashes are
 * imported if WorkOS accepts their format. Better Auth's format is rewritten as scrypt, which has not been tested
 * against WorkOS itself. Accounts at other providers are not imported.
 *
 * What WorkOS cannot hold is refused before anything is sent: `invalid_id` (not ASCII, or more than 128 characters),
 * `no_email`, `invalid_metadata`, `disabled_unsupported`: a WorkOS user cannot be banned, so disabled people are not
 * imported. People whose hash has parameters that WorkOS does not accept are created without a password.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://workos.com/docs/reference/authkit/user
 */
export function workosTarget(options: WorkosTargetOptions): Target {
  const settings = settingsOf(options)
  const each =
    <Asked, Answer>(answer: (api: Api, one: Asked, call: TargetCall) => Promise<Answer>) =>
    async (all: readonly Asked[], call: TargetCall): Promise<readonly Answer[]> => {
      const api = openApi(settings, call)
      const answers: Answer[] = []
      for (const one of all) answers.push(await answer(api, one, call))
      return answers
    }
  return {
    name: settings.name,
    kinds: ['organization', 'person', 'membership'],
    // An error of a call applies to all its items.
    batchSize: 1,
    uniqueAddresses: true,
    takesPassword: (password) => passwordOf(password) !== null,
    find: each(find),
    create: each(create),
    adopt: each(adopt),
    update: each(update),
    remove: each(remove),
    check: each(check),
  }
}
