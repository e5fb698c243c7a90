import { AuthError, isAuthError, type DualAuth, type MigrationStatus } from '@dualauth/core'
import { isPageUrl, mountedRequest, PAGE_URL } from '@dualauth/core/adapter'
import { dateTime, object, parseOptions, text, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { asAsked, refused } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { assertMigration } from './assert-migration.js'

/** The options of `retiredEndpoint`. */
export interface RetiredEndpointOptions {
  /** The instance that spells the answer, and whose policy says when the old side ended and where to go. */
  readonly auth: DualAuth
  /** Name of the migration; needed where the instance has several. */
  readonly migration?: string
  /** When this endpoint ended, as an ISO 8601 date with a time zone. Default: `sunset` of the policy. */
  readonly sunset?: string
  /** A page that explains what takes its place, as an `https` URL of visible ASCII (`http` on loopback). Default: `documentation` of the policy. */
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
 * Takes the place of an endpoint of the old side that is gone, such as its login: 410 `endpoint_retired` to every method at
 * every path it is mounted at, with `Sunset` (RFC 8594), `Link`, and a body that names login and documentation of the policy.
 * It is 410 also while there is no policy. No credential is looked at.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name, such as a migration that the instance does not have.
 * @example
 * app.use('/old/login', mountHandler(retiredEndpoint({ auth })))
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
