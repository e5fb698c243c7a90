import { AuthError, type DualAuth } from '@dualauth/core'
import { mountedRequest } from '@dualauth/core/adapter'
import { functionOption, object, parseOptions, text, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { asAsked, isAnswer, json, refused, UNCACHED } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { entityTag, isUnchanged } from '../http/entity-tag.js'
import { parseBody } from '../http/parse-body.js'
import { readJson } from '../http/read-json.js'
import { assertMigration } from './assert-migration.js'

/** The options of `migrationEndpoint`. */
export interface MigrationEndpointOptions {
  /** The instance whose migration to show. */
  readonly auth: DualAuth
  /** Name of the migration. Required if the instance has several. */
  readonly migration?: string
  /**
   * Reads the organization whose stage to show, for example from the host name. The request is untrusted: anybody who
   * names an organization can see its stage. Answers are then not shared. Default: the stage of everybody.
   */
  readonly organization?: (request: Request) => string | null | Promise<string | null>
  /** Whether `POST` tells a login page which side issues for the typed identifier. Default false. */
  readonly hint?: boolean
  /** The largest body of a `POST`. Default 4096. */
  readonly maxBodyBytes?: number
}

const schema = object({
  auth: withMethods<DualAuth>(['migrationStatus', 'issuerFor', 'respond'], 'what createDualAuth() returned'),
  migration: z.exactOptional(text),
  organization: z.exactOptional(functionOption<NonNullable<MigrationEndpointOptions['organization']>>()),
  hint: z._default(z.boolean(), false),
  maxBodyBytes: z._default(wholeBetween(256, 65_536), 4_096),
})

type Settings = z.output<typeof schema>

const MAX_IDENTIFIER = 320
const hinted = z.strictObject({
  identifier: z.string(`text of 1 to ${MAX_IDENTIFIER} characters`).check(z.minLength(1), z.maxLength(MAX_IDENTIFIER)),
})

/**
 * Shows the state of a migration, for pages and clients: `GET` and `HEAD` answer stage, version, dates and links of the
 * policy in JSON, cacheable for 30 seconds, unless a guard above refreshed a session or announces the end of the old
 * side. It is public and names no person. 503 while there is no policy. It answers at any path where it is mounted.
 * CORS is up to the application.
 *
 * With `hint`, `POST { "identifier": "…" }` answers `{ side, verifiers }` for a login page. Only the policy decides,
 * and no account is looked up, so the answer does not reveal whether there is one. But if the policy lists identifiers
 * (`include`, `exclude`), they can be guessed one by one. Put a rate limit in front of it.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong, such as a migration that the instance does not have;
 *   the message names it.
 * @example app.use('/auth/migration', mountHandler(migrationEndpoint({ auth })))
 */
export function migrationEndpoint(options: MigrationEndpointOptions): Endpoints {
  const settings = parseOptions(schema, options, 'migrationEndpoint')
  assertMigration(settings.auth, settings.migration, 'migrationEndpoint')
  return async (request) => {
    const { native } = mountedRequest(request)
    const response = await answer(settings, request).catch((cause: unknown) => {
      if (!isAnswer(cause)) throw cause
      return refused(
        settings.auth,
        cause,
        native,
        cause.code === 'method_not_allowed' ? { allow: allowed(settings) } : {},
      )
    })
    return asAsked(request, response)
  }
}

async function answer(settings: Settings, request: Request): Promise<Response> {
  const { method } = request
  if (method === 'GET' || method === 'HEAD') return status(settings, request)
  if (method === 'POST' && settings.hint) return hint(settings, request)
  if (method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow: allowed(settings) } })
  throw new AuthError('method_not_allowed')
}

async function status({ auth, migration, organization }: Settings, request: Request): Promise<Response> {
  const shown = await auth.migrationStatus({ ...of(migration), organization: (await organization?.(request)) ?? null })
  const etag = await entityTag(JSON.stringify(shown))
  const headers = {
    etag,
    ...cachingOf(request, organization === undefined),
  }
  if (isUnchanged(request, etag)) return new Response(null, { status: 304, headers })
  return json(200, shown, headers)
}

/** @param isShared Whether everybody is shown the same. */
function cachingOf(request: Request, isShared: boolean): Readonly<Record<string, string>> {
  const { state } = mountedRequest(request)
  // The answer will carry the session of one caller, or what is announced to callers of the old side.
  if (state.cookies.length > 0 || state.passed?.signals !== undefined) return { 'cache-control': UNCACHED }
  if (isShared) return { 'cache-control': 'public, max-age=30' }
  // What the organization depends on is not known here: a browser asks again each time, and is answered 304.
  return { 'cache-control': 'private, no-cache', vary: 'Authorization, Cookie' }
}

async function hint({ auth, migration, organization, maxBodyBytes }: Settings, request: Request): Promise<Response> {
  const { identifier } = parseBody(hinted, await readJson(request, maxBodyBytes))
  const { side, verifiers } = await auth.issuerFor({
    ...of(migration),
    identifier,
    organization: (await organization?.(request)) ?? null,
  })
  // Without the reason: it says who is on a list.
  return json(200, { side, verifiers })
}

function of(migration: string | undefined): { readonly migration?: string } {
  return migration === undefined ? {} : { migration }
}

function allowed({ hint: withHint }: Settings): string {
  return withHint ? 'HEAD, GET, POST, OPTIONS' : 'HEAD, GET, OPTIONS'
}
