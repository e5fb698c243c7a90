import type { Diagnosis, InspectedVerifier } from '@dualauth/core'
import { problem, warning, type Finding } from '../finding.js'
import { datesInMilliseconds, unverifiedJwt } from './claims-of.js'
import { noSessionMend, sealMend } from './option-of.js'
import type { Sample } from './read-samples.js'

interface Rule {
  readonly code: string
  readonly fits: (of: Refusal) => boolean
  readonly seen: (of: Refusal) => string
  readonly mend: (of: Refusal) => string
  /** The configuration may still be right. */
  readonly isWarning?: true
}

interface Refusal {
  readonly diagnosis: Diagnosis
  readonly verifier: InspectedVerifier
  readonly claims: Readonly<Record<string, unknown>> | null
}

/** The first match says what to do. */
const RULES: readonly Rule[] = [
  {
    code: 'provider_limits',
    fits: ({ diagnosis }) => diagnosis.code === 'verifier_unavailable' && /\b429\b/.test(lastWords(diagnosis)),
    seen: ({ diagnosis }) => lastWords(diagnosis),
    mend: () =>
      "Set `rateLimit: { customRules: { '/get-session': false } }` in Better Auth, or look sessions up by `sqlSessions` or `redisSessions`.",
  },
  {
    code: 'verifier_unavailable',
    fits: ({ diagnosis }) => diagnosis.code === 'verifier_unavailable' || diagnosis.code === 'account_unavailable',
    seen: ({ diagnosis }) => lastWords(diagnosis),
    mend: ({ diagnosis, verifier }) =>
      diagnosis.code === 'account_unavailable'
        ? 'Callers are answered 503. Mend what `link` asks.'
        : `Callers are answered 503. Mend what ${verifier.name} asks: its \`sessions\`, \`keys\` or key set.`,
  },
  {
    code: 'date_in_milliseconds',
    fits: ({ claims }) => claims !== null && datesInMilliseconds(claims).length > 0,
    seen: ({ claims }) =>
      `${datesInMilliseconds(claims ?? {})
        .map((name) => `\`${name}\``)
        .join(
          ' and ',
        )} ${datesInMilliseconds(claims ?? {}).length === 1 ? 'is' : 'are'} in milliseconds; JWTs have seconds (RFC 7519).`,
    mend: () =>
      'Have the issuer write `Math.floor(Date.now() / 1000)`. No option reads milliseconds: such a token would never end.',
  },
  {
    code: 'missing_exp',
    fits: ({ diagnosis, claims }) => diagnosis.claim === 'exp' && claims !== null && !Object.hasOwn(claims, 'exp'),
    seen: () => 'It has no end (`exp`).',
    mend: ({ verifier }) =>
      `Have the issuer set \`exp\`. Until then, bound the age by \`maxAgeSeconds\` of ${verifier.name}, or where tokens have no \`iat\` either, name an end in \`acceptUnlimited: { until, reason }\`.`,
  },
  {
    code: 'secret_mismatch',
    fits: ({ diagnosis, verifier }) => diagnosis.reason === 'signature' && verifier.secrets > 0,
    seen: ({ verifier }) =>
      `${verifier.name} owns it by its shape, and ${verifier.secrets === 1 ? 'its secret has not' : `none of its ${verifier.secrets} secrets has`} signed it.`,
    mend: ({ verifier }) =>
      `Put the secret that the issuer signs with into \`secrets\` of ${verifier.name}, its bytes as the issuer takes them (text or decoded base64). \`dualauth fingerprint ${verifier.name}\` there and \`dualauth doctor --compare\` here tell whether both have the same.`,
  },
  {
    code: 'secret_mismatch',
    fits: ({ diagnosis }) => diagnosis.reason === 'seal',
    seen: ({ verifier }) => `${verifier.name} owns it by its name, and none of its secrets opens it.`,
    mend: ({ verifier }) => sealMend(verifier),
  },
  {
    code: 'key_unknown',
    fits: ({ diagnosis }) => diagnosis.reason === 'key_unknown' || diagnosis.reason === 'signature',
    seen: ({ verifier }) => `No key of ${verifier.name} has signed it.`,
    mend: () =>
      'Name the key set of the environment that issued it: `keySetUrl`, `keySetAt(url)`, `clientId` or `keys`.',
  },
  {
    code: 'purpose_mismatch',
    fits: ({ diagnosis }) => diagnosis.reason === 'purpose',
    seen: ({ diagnosis }) => `It is genuine and no access token${byClaim(diagnosis)}.`,
    mend: ({ verifier }) =>
      `Give an access token as the sample. If it is one, correct \`purpose\` of ${verifier.name}.`,
  },
  {
    code: 'audience_mismatch',
    fits: ({ diagnosis }) => diagnosis.reason === 'audience',
    seen: () => 'It is genuine and for another audience (`aud`).',
    mend: ({ verifier }) =>
      `Set \`audience\` of ${verifier.name} to what the issuer writes into \`aud\`, exactly, also a slash at the end.`,
  },
  {
    code: 'issuer_unknown',
    fits: ({ diagnosis }) => diagnosis.reason === 'issuer',
    seen: () => 'It is of another issuer (`iss`).',
    mend: ({ verifier }) => `Set \`issuer\` of ${verifier.name} to the exact \`iss\`.`,
  },
  {
    code: 'sample_not_yet_valid',
    fits: ({ diagnosis }) => diagnosis.reason === 'not_yet_valid',
    seen: ({ diagnosis }) => `It begins in the future${byClaim(diagnosis)}.`,
    mend: () => 'Compare the clocks of both machines (NTP); a few seconds are what `clockToleranceSeconds` is for.',
  },
  {
    code: 'sample_expired',
    isWarning: true,
    fits: ({ diagnosis }) => diagnosis.code === 'credential_expired',
    seen: () => 'It is genuine and has ended, so that no more can be said of it.',
    mend: () => 'Take a fresh one. If it is fresh, compare the clocks of both machines (NTP).',
  },
  {
    code: 'session_of_nobody',
    isWarning: true,
    fits: ({ diagnosis }) => diagnosis.reason === 'anonymous',
    seen: ({ verifier }) =>
      `${verifier.name} finds its session, and nobody has signed in to it: it counts as no credential, \`optionalAuth()\` goes on and other guards answer 401.`,
    mend: ({ verifier }) =>
      `Take a sample of somebody who is signed in. If this one is, have ${verifier.name} read the user where the application writes it at the sign-in: \`subject\`, \`userId\` of \`find\` or \`columns.userId\`.`,
  },
  {
    code: 'session_unknown',
    fits: ({ diagnosis }) => diagnosis.reason === 'session_unknown',
    seen: ({ verifier }) =>
      `${verifier.name} proves its signature and finds no session of it. If that person is signed in, every session looks revoked.`,
    mend: ({ verifier }) => noSessionMend(verifier),
  },
  {
    code: 'identity_unlinked',
    fits: ({ diagnosis }) => diagnosis.code === 'identity_unlinked',
    seen: ({ verifier }) => `It is genuine, and \`link\` knows no account for this subject of ${verifier.name}.`,
    mend: () =>
      'Write the link (verifier, issuer, subject) when the account is moved or first signs in; see docs/accounts.md.',
  },
  {
    code: 'claim_unreadable',
    fits: ({ diagnosis }) => diagnosis.reason === 'claims' || diagnosis.reason === 'schema',
    seen: ({ diagnosis }) => `It is genuine, and a claim is missing or not as expected${byClaim(diagnosis)}.`,
    mend: ({ verifier }) =>
      `Name the claim in \`claims\` of ${verifier.name} as the issuer calls it, or correct \`schema\`.`,
  },
  {
    code: 'policy_refuses',
    isWarning: true,
    fits: ({ diagnosis }) => diagnosis.steps.at(-1)?.step === 'policy',
    seen: ({ diagnosis }) => lastWords(diagnosis),
    mend: () => 'It is as the policy says; `dualauth status` shows the stage.',
  },
]

/** Why the owner of a sample refuses it, and which option to change. */
export function refused(sample: Sample, diagnosis: Diagnosis, verifier: InspectedVerifier): Finding {
  const of = { diagnosis, verifier, claims: unverifiedJwt(sample.value)?.claims ?? null }
  const rule = RULES.find(({ fits }) => fits(of))
  const subject = `${sample.label}, ${verifier.name}`
  if (rule === undefined)
    return problem(
      'sample_refused',
      subject,
      `It is refused with ${String(diagnosis.code)}: ${lastWords(diagnosis)}.`,
      `Look for ${String(diagnosis.code)} in docs/errors.md.`,
    )
  const make = rule.isWarning === true ? warning : problem
  return make(rule.code, subject, rule.seen(of), rule.mend(of))
}

function lastWords({ steps }: Diagnosis): string {
  return steps.at(-1)?.findings.join('; ') ?? ''
}

function byClaim({ claim }: Diagnosis): string {
  return claim === null ? '' : ` (\`${claim}\`)`
}
