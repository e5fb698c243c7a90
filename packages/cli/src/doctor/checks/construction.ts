import { isAuthError } from '@dualauth/core'
import { reasonOf } from '../../read/auth-module.js'
import type { Context } from '../context.js'
import { problem, type Finding } from '../finding.js'

interface Known {
  readonly option: RegExp
  readonly says?: RegExp
  readonly code: string
  readonly mend: string
}

const RANDOM = 'Make one of 32 random bytes: `openssl rand -base64 32`.'

/** The first match wins. Messages begin with the option: `legacyJwt(old).secrets[0]: …`. */
const KNOWN: readonly Known[] = [
  {
    option: /secrets|passwords?\b|verifiers$/i,
    says: /share a secret/,
    code: 'secret_shared',
    mend: 'Give each verifier `secrets` of its own. While a shared one has to be replaced, name it in `acceptWeakSecret: { until, reason }` of both.',
  },
  {
    option: /secrets?\[|passwords?(?:\[|$)/i,
    says: /example from documentation/,
    code: 'secret_documented',
    mend: `Everybody knows this one: replace it in \`secrets\` (or \`cookiePasswords\`) at once, and at the provider. ${RANDOM}`,
  },
  {
    option: /secrets?\[|passwords?(?:\[|$)/i,
    says: /bytes|characters|guess/,
    code: 'secret_weak',
    mend: `${RANDOM} While an inherited one has to be replaced, put the new one first in \`secrets\` (or \`cookiePasswords\`) and add \`acceptWeakSecret: { until, reason }\`.`,
  },
  {
    option: /secrets?\[|passwords?(?:\[|$)/i,
    code: 'secret_unfit',
    mend: 'Put the secret itself into `secrets`: trimmed, and no key of another kind. Often the environment variable is empty or was read from a file.',
  },
  {
    option: /trustedOrigins/,
    code: 'origin_matches_nobody',
    mend: 'Write the entry of `trustedOrigins` as a browser sends it: scheme, host in lower case, a port only if it is not the default, no slash. One `*` may stand in the first label of a host that is yours.',
  },
  {
    option: /\.purpose\b/,
    code: 'purpose_missing',
    mend: "Set `purpose`: `{ claim: 'type', value: 'access' }`, `{ header: 'typ', value: 'at+jwt' }`, or `'only-access-tokens'` where this key signs nothing else.",
  },
  {
    option: /\.until$/,
    says: /passed/,
    code: 'acceptance_ended',
    mend: 'Replace what was accepted for a time, then remove the acceptance. A later `until` is a decision of its own.',
  },
  {
    option: /createDualAuth\.link$/,
    code: 'link_missing',
    mend: 'Add `link`: it says which account of yours an issuer and a subject are.',
  },
]

/** Reports what the instance's own construction says about the configuration. */
export function construction({ examined, thrown }: Context): readonly Finding[] {
  if (examined !== null) return []
  if (!isAuthError(thrown) || thrown.code !== 'configuration_invalid')
    return [
      problem(
        'module_failed',
        '--auth',
        `The module cannot be used: ${reasonOf(thrown)}.`,
        'Start the doctor with the environment of the application, and with the file that its build makes. What is thrown is not shown, because it may hold secrets: run the module by itself to see it.',
      ),
    ]
  const { message } = thrown
  const option = /^[^:\s]+/.exec(message)?.[0] ?? 'createDualAuth'
  const known = KNOWN.find((one) => one.option.test(option) && (one.says?.test(message) ?? true))
  return [
    problem(
      known?.code ?? 'configuration_invalid',
      option,
      message,
      known?.mend ?? `Correct the option \`${option}\`.`,
    ),
  ]
}
