import { object } from '../../../settings/schemas.js'
import { parseOptions } from '../../../settings/options.js'
import { textOf } from '../../../verify/jwt/mapped-claims.js'
import { openRefresh, refreshTiming, type RefreshTiming } from '../../../verify/sealed-session/refresh-options.js'
import type { Grant } from '../../../verify/sealed-session/renewal.js'
import { createApiClient, type ApiClient } from '../api-client.js'
import { workosManagementKey } from '../management-key.js'
import { readGrant } from '../session/authenticate.js'
import { renewedContent } from '../session/session-content.js'
import type { RefreshableWorkosSession, RefreshParts, WorkosRefresh } from './workos-refresh.js'

/** The options of `workosRefresh`. */
export interface WorkosRefreshOptions extends RefreshTiming {
  /** The environment's API key, `sk_…`: WorkOS uses it as the client secret. */
  readonly apiKey: string
}

const schema = object({ apiKey: workosManagementKey, ...refreshTiming() })

/**
 * Refreshes sealed sessions during requests, for `workosSession({ refresh })`.
 *
 * An outage ends no session. While the token is valid, the session continues; after that, it is "cannot tell".
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function workosRefresh(options: WorkosRefreshOptions): WorkosRefresh {
  const { apiKey, ...timing } = parseOptions(schema, options, 'workosRefresh')
  return {
    about: timing.store?.about ?? null,
    open(parts) {
      const client = createApiClient(parts.context.now, timing.timeoutMs)
      return openRefresh<RefreshableWorkosSession>(
        timing,
        timing.timeoutMs,
        parts,
        {
          ask: (session) => askForGrant(client, parts, apiKey, session),
          seal: parts.seal,
          revoke: null,
          keyPrefix: 'dualauth:workos:',
        },
        () => client.close(),
      )
    },
  }
}

async function askForGrant(
  client: ApiClient,
  { clientId, apiUrl }: RefreshParts,
  apiKey: string,
  { accessToken, refreshToken, members }: RefreshableWorkosSession,
): Promise<Grant> {
  const organization = textOf(accessToken.claims, 'org_id')
  const answer = await client.post(`${apiUrl}/user_management/authenticate`, {
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: apiKey,
    refresh_token: refreshToken,
    // A JWT template may put anything there; the resulting token is verified like any other.
    organization_id: organization?.startsWith('org_') === true ? organization : undefined,
  })
  const grant = readGrant(answer)
  if (grant.outcome !== 'granted') return grant
  return { outcome: 'granted', content: renewedContent(members, grant.answer) }
}
