import type { SecretFingerprint } from '@dualauth/core'
import type { Context } from '../context.js'
import { ok, problem, warning, type Finding } from '../finding.js'

const DAY_MS = 86_400_000
const SOON_DAYS = 30

/** Which acceptances end soon, and whether another process has the same secrets. */
export async function secrets({ examined, reference, now }: Context): Promise<readonly Finding[]> {
  if (examined === null) return []
  const { verifiers } = examined.inspection
  const ending = verifiers.flatMap(({ name, acceptances }) =>
    acceptances.flatMap(({ option, until }) => {
      const days = Math.floor((Date.parse(until) - now()) / DAY_MS)
      if (days > SOON_DAYS) return []
      return [
        warning(
          'acceptance_ending',
          `${name}.${option}`,
          `From ${until} on, in ${days} days, what relies on it is refused, and the application does not start.`,
          `Before then, ${option === 'acceptWeakSecret' ? 'put a new secret first in `secrets`, and remove the old one when nothing is signed with it' : 'have the issuer set `exp`, or bound the age by `maxAgeSeconds`'}; then remove \`${option}\`.`,
        ),
      ]
    }),
  )
  if (reference === null) return ending
  const own = await examined.auth.fingerprints()
  const names = verifiers.filter((one) => one.secrets > 0).map(({ name }) => name)
  return [...ending, ...names.flatMap((name) => compared(name, listOf(own, name), listOf(reference, name)))]
}

function listOf(all: readonly SecretFingerprint[], verifier: string): readonly string[] {
  return all
    .filter((one) => one.verifier === verifier)
    .toSorted((a, b) => a.index - b.index)
    .map(({ fingerprint }) => fingerprint)
}

function compared(verifier: string, own: readonly string[], other: readonly string[]): readonly Finding[] {
  const rotation =
    'Put the new secret first in `secrets` of every process, leave the old one behind it until nothing signed with it is in use, and only then let anything sign with the new one.'
  if (other.length === 0)
    return [
      warning(
        'secret_uncompared',
        verifier,
        'The other process has no secret of a verifier of this name.',
        'Write its fingerprints down again; the name of the verifier is part of them.',
      ),
    ]
  const common = own.filter((one) => other.includes(one))
  if (common.length === 0)
    return [
      problem(
        'secret_mismatch',
        verifier,
        'The other process has none of the secrets of this one: each refuses what the other signs.',
        `Give both the same \`secrets\`. ${rotation}`,
      ),
    ]
  if (own[0] !== other[0])
    return [
      warning('secret_order', verifier, 'The two processes sign with different secrets of their lists.', rotation),
    ]
  if (common.length < Math.max(own.length, other.length))
    return [
      warning('secret_differs', verifier, 'One of the two processes has secrets that the other has not.', rotation),
    ]
  return [ok('secrets_agree', verifier, `The other process has the same ${own.length === 1 ? 'secret' : 'secrets'}.`)]
}
