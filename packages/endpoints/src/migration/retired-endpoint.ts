import { AuthError, isAuthError, type DualAuth, type MigrationStatus } from '@dualauth/core'
import { isPageUrl, mountedRequest, PAGE_URL } from '@dualauth/core/adapter'
import { dateTime, object, parseOptions, text, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { asAsked, refused } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { assertMigration } from './assert-migration.js'

/** The options of `retiredEndpoint`. */
export interface RetiredEndpointOptions {
  /** The instance that formats the answer, and whose policy says when the old side ended and where to go. */
  readonly auth: DualAuth
  /** Name of the migration. Required if the instance has several. */
  readonly migration?: string
  /** When this endpoint ended, as an ISO 8601 date with a time zone. Default: `sunset` of the policy. */
  readonly sunset?: string
  /**
   * A page that explains the replacement, as an `https` URL of visible ASCII (`http` on loopback). Default:
   * `documentation` of the policy.
   */
  readonly documentation?: string
}

const schema = object({
  auth: withMethods<DualAuth>(['migrationStatus', 'respond'], 'what createDualAuth() returned'),
  migration: z.exactOptional(text),
  sunset: z.exactOptional(dateTime),
  documentation: z.exactOptional(z.string(PAGE_URL).check(z.refine(isPageUrl, PAGE_URL))),
})

type Settings = z.output<typeof schema>

/**
 * Replaces a retired endpoint of the old side, such as its login: 410 `endpoint_retired` for every method at every path
 * where it is mounted, with `Sunset` (RFC 8594), `Link`, and a body with the login and documentation pages of the
 * policy. It answers 410 even without a policy. No credential is read.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong, such as a migration that the instance does not have;
 *   the message names it.
 * @example app.use('/old/login', mountHandler(retiredEndpoint({ auth })))
 */
export function retiredEndpoint(options: RetiredEndpointOptions): Endpoints {
  const settings = parseOptions(schema, options, 'retiredEndpoint')
  if (!saysItself(settings)) assertMigration(settings.auth, settings.migration, 'retiredEndpoint')
  return async (request) => {
    const { native } = mountedRequest(request)
    const status = await statusOf(settings)
    const sunset = settings.sunset ?? status?.sunset ?? null
    const documentation = settings.documentation ?? status?.documentation ?? null
    const migration = status?.migration ?? settings.migration ?? 'default'
    const notice = { migration, login: status?.login ?? null, documentation }
    const response = refused(settings.auth, new AuthError('endpoint_retired', { notice }), native)
    if (sunset !== null) {
      response.headers.set('sunset', new Date(sunset).toUTCString())
      if (documentation !== null) response.headers.append('link', `<${documentation}>; rel="sunset"; type="text/html"`)
    }
    return asAsked(request, response)
  }
}

/** Null: the policy says nothing, and what the options say suffices. */
async function statusOf(settings: Settings): Promise<MigrationStatus | null> {
  const { auth, migration } = settings
  try {
    return await auth.migrationStatus(migration === undefined ? {} : { migration })
  } catch (cause) {
    if (!isAuthError(cause)) throw cause
    if (cause.code === 'policy_unavailable' || saysItself(settings)) return null
    throw cause
  }
}

/** What the options say suffices without a migration, unless they name one. */
function saysItself({ migration, sunset, documentation }: Settings): boolean {
  return migration === undefined && (sunset ?? documentation) !== undefined
}
