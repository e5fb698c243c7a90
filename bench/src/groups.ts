import type { Group } from './group.js'
import { accountsGroup } from './groups/accounts.js'
import { apiKeysGroup } from './groups/api-keys.js'
import { betterAuthSessions } from './groups/better-auth-sessions.js'
import { cacheHit } from './groups/cache-hit.js'
import { coldImport } from './groups/cold-import.js'
import { firstSight } from './groups/first-sight.js'
import { flood } from './groups/flood.js'
import { loginRush } from './groups/login-rush.js'
import { memory } from './groups/memory.js'
import { overflow } from './groups/overflow.js'
import { steering } from './groups/steering.js'
import { warmRequests } from './groups/warm-requests.js'
import { workosSessions } from './groups/workos-sessions.js'

/** In the order of the table. */
export const GROUPS: readonly Group[] = [
  warmRequests,
  loginRush,
  cacheHit,
  steering,
  firstSight,
  betterAuthSessions,
  workosSessions,
  apiKeysGroup,
  accountsGroup,
  overflow,
  flood,
  memory,
  coldImport,
]
