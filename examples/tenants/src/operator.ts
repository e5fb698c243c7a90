import { setTimeout as pause } from 'node:timers/promises'
import type { PolicyContent } from '@dualauth/core'
import type { Running } from './start.js'

/**
 * Says where single tenants are; all the others stay at `off`.
 * @param pilots Users whom the new side issues for from `dual` on.
 * @returns What was done and whom it affects, or why it was refused.
 */
export async function publish(
  { auth, policies }: Running,
  tenants: NonNullable<PolicyContent['organizations']>,
  pilots: readonly string[],
): Promise<string> {
  // The plan counts people from evidence, which is seconds behind unless it is written now.
  await auth.flush()
  const written = await policies.write({
    document: {
      stage: 'off',
      organizations: tenants,
      rollout: { unit: 'user', salt: 'spring', basisPoints: 0, include: pilots },
      announcement: { deprecation: '2026-01-01T00:00:00Z', sunset: '2026-12-31T00:00:00Z' },
      // In production instances need time to follow, so the default is 30 seconds.
      settleMs: 0,
    },
    expectedVersion: (await policies.read())?.version ?? 0,
    actor: 'ops',
    reason: 'the move of the tenants',
  })
  if (!written.ok) return written.why === 'refused' ? `refused: ${spell(written.plan.refusal)}` : written.why
  while ((await auth.migrationStatus()).version !== written.document.version) await pause(20)
  const affected = written.plan.warnings.filter((warning) => 'people' in warning)
  return ['done', ...affected.map(spell)].join(', ')
}

function spell(said: { readonly code: string; readonly people?: number } | null): string {
  return [said?.code, said?.people].filter((word) => word !== undefined).join(' ')
}

/** How far a tenant is, from what was seen. */
export async function progressOf({ auth, query }: Running, tenant: string): Promise<string> {
  await auth.flush()
  const [row] = await query('select * from dualauth.organization_progress where organization = $1', [tenant])
  return `${String(row?.['migrated'])} of ${String(row?.['people'])}, ${String(row?.['completed_percent'])} %`
}
