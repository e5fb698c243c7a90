import * as z from 'zod/mini'
import { optionError, parseOptions } from '../../settings/options.js'
import { isObject, object, text } from '../../settings/schemas.js'
import type { PolicySource } from './policy-source.js'
import type { Stage } from '../stage.js'

/** Names of the two switches. */
export interface EnvPolicyOptions {
  /** Default `ENABLE_DUAL_AUTH`. */
  readonly dual?: string
  /** Default `PREFER_BETTER_AUTH`. */
  readonly prefer?: string
}

const schema = object({
  dual: z._default(text, 'ENABLE_DUAL_AUTH'),
  prefer: z._default(text, 'PREFER_BETTER_AUTH'),
})

/**
 * A policy whose stage comes from two environment variables:
 *
 * | `ENABLE_DUAL_AUTH` | `PREFER_BETTER_AUTH` | stage |
 * | --- | --- | --- |
 * | false | false | `off` |
 * | true | false | `dual` |
 * | true | true | `prefer-new` |
 * | false | true | `new-only` |
 *
 * `true` and `1` mean true; `false`, `0`, empty and unset mean false. Case is ignored. This policy has no partial
 * rollout: `prefer-new` issues on the new side for everybody, `dual` on the old side. If neither variable is set, the
 * event `policy_assumed` reports it.
 *
 * @param env The environment of the process. Read once.
 * @throws {AuthError} `configuration_invalid`: another value; the message names the variable.
 */
export function envPolicy(
  env: Readonly<Record<string, string | undefined>>,
  options: EnvPolicyOptions = {},
): PolicySource {
  const { dual, prefer } = parseOptions(schema, options, 'envPolicy')
  if (!isObject(env)) throw optionError('envPolicy', 'takes an object of environment variables')
  const stage = STAGE_OF[`${flag(env, dual)},${flag(env, prefer)}`]
  const basisPoints = stage === 'prefer-new' ? 10_000 : 0
  const document = { version: 1, stage, rollout: { unit: 'user', salt: 'env', basisPoints } }
  // Somebody who intends `off` sets one of them. If both are unset, they were probably lost.
  const isLost = env[dual] === undefined && env[prefer] === undefined
  const assumed = `neither ${dual} nor ${prefer} is set, which means the stage off: the new side is refused`
  const loaded = isLost ? { document, assumed } : { document }
  return { load: () => loaded }
}

const STAGE_OF: Readonly<Record<`${boolean},${boolean}`, Stage>> = {
  'false,false': 'off',
  'true,false': 'dual',
  'true,true': 'prefer-new',
  'false,true': 'new-only',
}

function flag(env: Readonly<Record<string, string | undefined>>, name: string): boolean {
  // Some platforms pass booleans, whatever the type says.
  const given: unknown = env[name] ?? ''
  const value = isObject(given) ? null : String(given).trim().toLowerCase()
  if (value === 'true' || value === '1') return true
  if (value === '' || value === 'false' || value === '0') return false
  throw optionError(`envPolicy: ${name}`, 'must be true, false, 1, 0 or empty')
}
