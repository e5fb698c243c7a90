import { setTimeout } from 'node:timers/promises'
import type { Diagnosis, InspectedVerifier } from '@dualauth/core'
import type { Context, Examined } from '../context.js'
import { ok, problem, warning, type Finding } from '../finding.js'
import { flawOf, mayBeCut } from '../samples/cookie-flaws.js'
import type { Sample } from '../samples/read-samples.js'
import { refused } from '../samples/refused.js'
import { unowned } from '../samples/unowned.js'

/** Which verifier owns each sample, whether it accepts the sample, and if not, why. */
export async function samples({ examined, samples: given, now }: Context): Promise<readonly Finding[]> {
  if (examined === null) return []
  const found: Finding[] = []
  // One at a time: API keys count their uses, and providers their requests.
  for (const sample of given) {
    found.push(...sample.flaws.map((flaw) => flawOf(sample, flaw)))
    if (!sample.isBroken) found.push(await judged(sample, examined, now()))
  }
  return found
}

async function judged(sample: Sample, examined: Examined, now: number): Promise<Finding> {
  const { auth, inspection } = examined
  const explanation = auth.explain(sample.input)
  if (explanation.outcome === 'ambiguous')
    return problem(
      'sample_ambiguous',
      sample.label,
      `Several verifiers own it: ${explanation.verifiers.join(', ')}. Callers are answered 400.`,
      'Tell them apart by `issuer`, `audience` or `prefix`, or rank them in `precedence`.',
    )
  if (explanation.outcome === 'unsupported') return unowned(sample, explanation, examined)
  const owner = (one: Diagnosis): InspectedVerifier =>
    inspection.verifiers.find(({ name }) => name === (one.verifier ?? explanation.verifiers[0])) as InspectedVerifier
  const first = await auth.diagnose(sample.input)
  const mayPass = first.code === 'verifier_unavailable' && hasKeySet(owner(first))
  const diagnosis = mayPass ? await setTimeout(NEW_KEY_MS).then(() => auth.diagnose(sample.input)) : first
  const verifier = owner(diagnosis)
  if (!diagnosis.accepted) return isCut(sample, diagnosis) ? mayBeCut(sample) : refused(sample, diagnosis, verifier)
  const { expiresAt, secretIndex } = diagnosis
  const subject = `${sample.label}, ${verifier.name}`
  const because = explanation.considered.find((one) => one.verifier === verifier.name)?.because ?? ''
  const signed = secretIndex === null ? '' : `, signed by secrets[${secretIndex}]`
  if (expiresAt === null && verifier.requiresExpiry === false)
    return warning(
      'sample_endless',
      subject,
      `${verifier.name} ${because} and accepts it${signed}; it has no end (\`exp\`).`,
      'Have the issuer set `exp`: only `auth.revoke` and `isRevoked` end such a token.',
    )
  const left = expiresAt === null ? 'does not say when it ends' : `ends in ${remaining(expiresAt - now / 1_000)}`
  return ok('sample_accepted', subject, `${verifier.name} ${because} and accepts it${signed}; it ${left}.`)
}

/** Whether the only fault may be that the last chunks of a cookie are missing. */
function isCut({ mayGoOn }: Sample, { code }: Diagnosis): boolean {
  return mayGoOn && (code === 'credential_invalid' || code === 'credential_malformed')
}

/** An unknown key refetches the key set at most once a second, and it was fetched just now. */
const NEW_KEY_MS = 1_200

function hasKeySet({ keySets, metadata }: InspectedVerifier): boolean {
  return keySets.length + metadata.length > 0
}

function remaining(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}
