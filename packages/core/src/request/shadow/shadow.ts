import type { Requirement } from '../../access/requirement.js'
import type { Emit } from '../../events/events.js'
import type { HeaderView } from '../../http/request.js'
import type { Principal } from '../../identity/principal.js'
import { compareRule } from '../../migration/shadow/compare.js'
import type { Steering } from '../../migration/steering.js'
import type { Line } from '../line.js'
import type { Resolution } from '../resolution.js'
import { createComparing, type Comparing } from './comparing.js'
import { directoryTask } from './directory.js'
import { pairTask } from './pair.js'

/** Compares what the new side of a migration would have decided, off the response path and without affecting it. */
export interface Shadow {
  /** Called when a request was resolved. */
  resolved(line: Line, view: HeaderView, resolution: Resolution): void
  /** Called when a requirement was checked for a principal. */
  judged(line: Line, principal: Principal, requirement: Requirement, allowed: boolean): void
  flush(): Promise<void>
  close(): Promise<void>
}

/** Null: no migration compares anything. */
export function createShadow(steering: Steering | null, emit: Emit, now: () => number): Shadow | null {
  /** By old-side verifier, each in one migration. */
  const byVerifier = new Map<string, Comparing>()
  const all: Comparing[] = []
  for (const migration of steering?.migrations ?? []) {
    const { shadow, from } = migration.options
    if (shadow === null) continue
    const comparing = createComparing(migration, shadow, emit, now)
    all.push(comparing)
    for (const verifier of from) byVerifier.set(verifier, comparing)
  }
  if (all.length === 0) return null

  return {
    resolved(line, view, resolution) {
      const verifier = resolution.ok ? resolution.principal.verifier : resolution.verifier
      const comparing = verifier === null ? undefined : byVerifier.get(verifier)
      // For a caller that the old side refuses, the organization is unknown, so the general stage counts.
      if (comparing?.isOn(resolution.ok ? resolution.principal.organization : null) !== true) return
      const { gate, options } = comparing
      if (options.link !== null) gate.run(() => pairTask(line, comparing, view, resolution))
      if (resolution.ok && options.directory !== null)
        gate.run(() => directoryTask(comparing, resolution.principal, line.roles, now))
    },
    judged({ roles }, principal, requirement, allowed) {
      if (requirement.kind !== 'permission') return
      const { rule } = requirement
      const comparing = byVerifier.get(principal.verifier)
      if (comparing === undefined || comparing.options.roles === null || !comparing.isOn(principal.organization)) return
      const newRoles = comparing.options.roles
      comparing.gate.run(() => () => {
        const differences = compareRule({ principal, roles }, rule, allowed, newRoles)
        const about = { comparison: 'permission', verifier: principal.verifier, old: principal } as const
        if (differences !== null) comparing.found({ ...about, fresh: principal }, differences)
      })
    },
    async flush() {
      await Promise.all(all.map(({ gate }) => gate.flush()))
    },
    async close() {
      await Promise.all(all.map(({ gate }) => gate.close()))
    },
  }
}
