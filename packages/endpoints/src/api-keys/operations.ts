import { AuthError, isAuthError, type ApiKeyRefusal, type ManagedApiKey, type Principal } from '@dualauth/core'
import * as z from 'zod/mini'
import { json } from '../http/answer.js'
import { parseBody } from '../http/parse-body.js'
import { readJson } from '../http/read-json.js'
import { assertMay, assertMayGrant, isSignedIn, ownerOf, type Right } from './caller.js'
import type { Settings } from './options.js'
import { shownKey } from './shown-key.js'

/** One request of an authenticated caller. */
export interface Asked {
  readonly settings: Settings
  readonly request: Request
  readonly url: URL
  readonly principal: Principal
  /** From the path; untrusted. */
  readonly id: string
}

const DAY_MS = 86_400_000

/** GET: a page of keys. */
export async function listKeys(asked: Asked): Promise<Response> {
  const { settings, url } = asked
  const owner = await ownerFor(asked, url.searchParams.get('owner'), 'read')
  const limit = limitOf(url.searchParams.get('limit'))
  const page = await stored(() => settings.keys.list({ owner, limit, cursor: url.searchParams.get('cursor') }))
  const { keys, cursor } = must(page)
  return json(200, { keys: keys.map(shownKey), cursor })
}

function limitOf(sent: string | null): number {
  if (sent === null) return 50
  if (!/^[1-9]\d?$|^100$/.test(sent)) throw invalid('limit: must be a whole number from 1 to 100')
  return Number(sent)
}

/** GET: one key. */
export async function getKey(asked: Asked): Promise<Response> {
  return json(200, shownKey((await target(asked, 'read')).apiKey))
}

/** POST: a new key. It is in this answer, and in no other. */
export async function createKey(asked: Asked): Promise<Response> {
  const { settings, principal, request } = asked
  const body = parseBody(creation, await readJson(request, settings.maxBodyBytes))
  const owner = await ownerFor(asked, body.owner ?? null, 'write')
  const fixed = settings.keys.limits?.fixedScopes ?? null
  const scopes = body.scopes ?? fixed ?? settings.defaultScopes
  if (scopes === undefined) throw invalid('scopes: must be a list of permissions')
  const made = await stored(() =>
    settings.keys.create({
      owner,
      scopes,
      prefix: prefixOf(settings, body.environment),
      name: body.name ?? null,
      // Its scopes are judged by what holds there.
      organization: settings.ofOrganization ? principal.organization : null,
      // Scopes that are the same for all keys bound none: a key of a person's own may do what that person may.
      may: (scope) =>
        (fixed !== null && owner.kind === 'user' && isSignedIn(principal)) || settings.auth.mayGrant(principal, scope),
      lifetimeMs: lifetimeOf(settings, body.expiresInDays),
      maxActive: settings.maxKeys,
      by: principal.id,
    }),
  )
  const { key, apiKey } = must(made)
  return json(
    201,
    { key, apiKey: shownKey(apiKey) },
    { location: `${settings.basePath}/${encodeURIComponent(apiKey.id)}` },
  )
}

/** PATCH: another name. */
export async function renameKey(asked: Asked): Promise<Response> {
  const { settings, request } = asked
  const body = parseBody(renaming, await readJson(request, settings.maxBodyBytes))
  const { owner, id } = await target(asked, 'write')
  return json(200, shownKey(must(await stored(() => settings.keys.rename({ owner, id, name: body.name }))).apiKey))
}

/** DELETE: the end of a key, at once in this process too. */
export async function revokeKey(asked: Asked): Promise<Response> {
  const { settings, principal } = asked
  const { owner, id } = await target(asked, 'write')
  const { apiKey } = must(await stored(() => settings.keys.revoke({ owner, id, by: principal.id })))
  await stored(() => settings.auth.revoke({ apiKey: id }))
  return json(200, shownKey(apiKey))
}

/** POST: another key in the place of this one. */
export async function rotateKey(asked: Asked): Promise<Response> {
  const { settings, principal, request } = asked
  const body = parseBody(rotation, await readJson(request, settings.maxBodyBytes))
  const overlap = body.overlapSeconds ?? settings.defaultOverlapSeconds
  if (overlap > settings.maxOverlapSeconds)
    throw invalid(`overlapSeconds: must be at most ${settings.maxOverlapSeconds}`)
  const { owner, id, apiKey: old } = await target(asked, 'write')
  // The caller gets the new secret: a narrow key must not obtain a wide one.
  if (owner.kind !== 'user' || !isSignedIn(principal)) await assertMayGrant(settings, principal, old.scopes)
  const prefix = prefixOf(settings, body.environment ?? environmentOf(settings, old.start))
  const lifetimeMs = replacementLifetime(settings, old, body.expiresInDays)
  const made = await stored(() =>
    settings.keys.rotate({
      owner,
      id,
      prefix,
      overlapMs: overlap * 1000,
      ...(lifetimeMs !== undefined && { lifetimeMs }),
      by: principal.id,
    }),
  )
  const { key, apiKey } = must(made)
  if (overlap === 0) await stored(() => settings.auth.revoke({ apiKey: id }))
  return json(
    201,
    { key, apiKey: shownKey(apiKey) },
    { location: `${settings.basePath}/${encodeURIComponent(apiKey.id)}` },
  )
}

const environment = z.optional(z.string('the name of an environment'))
const expiresInDays = z.optional(
  z.union([z.null(), z.int().check(z.minimum(1), z.maximum(36_500))], 'a whole number of days, or null'),
)
const owner = z.enum(['self', 'organization'], 'self or organization')
const creation = z.strictObject({
  name: z.optional(z.union([z.string(), z.null()], 'text or null')),
  scopes: z.optional(z.array(z.string('a permission'), 'a list of permissions').check(z.maxLength(100, 'at most 100'))),
  environment,
  expiresInDays,
  owner: z.optional(owner),
})
const renaming = z.strictObject({ name: z.union([z.string(), z.null()], 'text or null') })
const rotation = z.strictObject({
  environment,
  expiresInDays,
  overlapSeconds: z.optional(z.int('a whole number of seconds').check(z.minimum(0, 'at least 0'))),
})

function invalid(detail: string): AuthError {
  return new AuthError('request_invalid', { detail })
}

function prefixOf({ prefixes }: Settings, asked: string | undefined): string {
  const name = asked ?? ([...prefixes.keys()][0] as string)
  const prefix = prefixes.get(name)
  if (prefix === undefined) throw invalid(`environment: must be one of ${[...prefixes.keys()].join(', ')}`)
  return prefix
}

/** A test key is replaced by a test key. */
function environmentOf({ prefixes }: Settings, start: string | null): string | undefined {
  return [...prefixes].find(([, prefix]) => start?.startsWith(prefix) === true)?.[0]
}

function lifetimeOf(
  { defaultLifetimeDays, maxLifetimeDays }: Settings,
  asked: number | null | undefined,
): number | null {
  const days = asked === undefined ? defaultLifetimeDays : asked
  if (maxLifetimeDays !== null && (days === null || days > maxLifetimeDays))
    throw invalid(`expiresInDays: must be a whole number from 1 to ${maxLifetimeDays}`)
  return days === null ? null : days * DAY_MS
}

/** As long as the old key was given, which undefined stands for; as long as a new key where that is too long now. */
function replacementLifetime(
  settings: Settings,
  { createdAt, expiresAt }: ManagedApiKey,
  asked: number | null | undefined,
): number | null | undefined {
  const { maxLifetimeDays } = settings
  if (asked !== undefined) return lifetimeOf(settings, asked)
  if (maxLifetimeDays === null) return undefined
  const isShort = createdAt !== null && expiresAt !== null && expiresAt - createdAt <= maxLifetimeDays * DAY_MS
  return isShort ? undefined : lifetimeOf(settings, undefined)
}

async function ownerFor({ settings, principal }: Asked, kind: string | null, right: Right) {
  if (kind !== null && kind !== 'self' && kind !== 'organization') throw invalid('owner: must be self or organization')
  const owner = ownerOf(principal, kind ?? 'self')
  await assertMay(settings, principal, owner, right)
  return owner
}

/** The key that a path names: the caller's own, or one of the organization acted for. All others are not found. */
async function target({ settings, principal, id }: Asked, right: Right) {
  const kinds = principal.organization === null ? (['self'] as const) : (['self', 'organization'] as const)
  for (const kind of kinds) {
    const owner = ownerOf(principal, kind)
    const apiKey = await stored(() => settings.keys.get({ owner, id }))
    if (apiKey === null) continue
    await assertMay(settings, principal, owner, right)
    return { owner, id, apiKey }
  }
  // Before 404, so that a caller without the permission does not learn which ids exist.
  await assertMay(settings, principal, ownerOf(principal, 'self'), right)
  throw new AuthError('resource_not_found')
}

function must<T extends { readonly ok: true }>(result: T | ApiKeyRefusal): T {
  if (!result.ok) throw result.error
  return result
}

/** Whatever a store throws means that it cannot tell. */
async function stored<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw isAuthError(cause) ? cause : new AuthError('store_unavailable', { cause })
  }
}
