// Compiled against the packed package, by every kind of TypeScript project (test/packages).
import type { DualAuth } from '@dualauth/core'
import { dualAuth, requireAuth, requirePermission } from '@dualauth/__framework__'

export function build(auth: DualAuth): readonly unknown[] {
  return [dualAuth(auth), requireAuth(), requirePermission('things:write')]
}
