import { secretFingerprint, type SecretFingerprint } from '../keys/secrets/secret-fingerprint.js'
import type { PolicySource } from '../migration/policy/policy-source.js'
import type { ParsedDualAuthOptions } from '../options.js'
import type { InspectedVerifier, Inspection } from '../route/about.js'
import type { Verifier } from '../route/verifier.js'

/** An instance's configuration as data, without secrets. Makes no calls. */
export function inspect({ verifiers, trustedOrigins, revocations, migration }: ParsedDualAuthOptions): Inspection {
  const migrations = migration === undefined ? [] : 'from' in migration ? [migration] : migration
  return Object.freeze({
    verifiers: Object.freeze(verifiers.map(inspected)),
    trustedOrigins: Object.freeze([...trustedOrigins]),
    revocations: revocations?.about ?? null,
    policies: Object.freeze(
      migrations.map(({ name = 'default', policy }) => ({
        migration: name,
        source: (policy as Partial<PolicySource>).about ?? null,
      })),
    ),
  })
}

function inspected({ name, shapes, about, clockToleranceSeconds, secrets }: Verifier): InspectedVerifier {
  return Object.freeze({
    name,
    kind: about?.kind ?? 'own',
    shapes,
    clockToleranceSeconds: clockToleranceSeconds ?? 0,
    secrets: secrets?.size ?? 0,
    keySets: about?.keySets ?? [],
    metadata: about?.metadata ?? [],
    hasOwnFetch: about?.hasOwnFetch ?? false,
    sessions: about?.sessions ?? null,
    refreshes: about?.refreshes ?? null,
    acceptances: about?.acceptances ?? [],
    requiresExpiry: about?.requiresExpiry ?? null,
  })
}

/** One after another: each is deliberately as slow as a login. */
export async function fingerprints(verifiers: readonly Verifier[]): Promise<readonly SecretFingerprint[]> {
  const found: SecretFingerprint[] = []
  for (const { name, secrets } of verifiers)
    for (let index = 0; index < (secrets?.size ?? 0); index++) {
      const secret = secrets?.at(index) as Uint8Array
      found.push({ verifier: name, index, fingerprint: await secretFingerprint(secret, name) })
    }
  return found
}
