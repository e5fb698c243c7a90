import type { DualAuth, Principal } from '@dualauth/core'
import type { WebHandler } from '@dualauth/core/adapter'

/**
 * Small apps that each adapter writes in its framework's own idiom. Routes are the same everywhere:
 *
 * `standard` — `dualAuth(auth)` mounted once, then
 *
 *     GET  /public              answers { public: true }
 *     GET  /me                  requireAuth()
 *     GET  /optional            optionalAuth()
 *     GET  /lenient             optionalAuth({ onInvalid: 'anonymous' })
 *     GET  /strict              optionalAuth({ onInvalid: 'reject' })
 *     GET  /things              requirePermission('things:read')
 *     POST /things              requirePermission('things', 'write')
 *     GET  /any                 requirePermission({ any: ['things:write', 'things:read'] })
 *     GET  /both                requirePermission({ all: ['things:write', 'things:read'] })
 *     GET  /callback            requirePermission((principal, request) => parts.allows(principal, path of the request))
 *     GET  /admin               requireRole('admin')
 *     GET  /editors             requireRole('admin', 'editor')
 *     GET  /organization        requireOrganization()
 *     GET  /organizations/:id   requireOrganization((request) => its `id`)
 *     GET  /orgs/:id            and every path below it: requireAuth(); answers { route: the `id` that the router
 *                               read, organization: that of the principal }
 *     GET  /twice               requireAuth() and requirePermission('things:read')
 *     GET  /crash               requireAuth(), then the handler throws
 *     GET  /unguarded           no guard; the handler answers getPrincipal
 *     GET  /logged              no guard; the handler answers getOptionalPrincipal
 *     POST /echo                a body parser, then requireAuth(); answers { id, body }
 *     GET  /cached              requireAuth(); the handler sets `Cache-Control: public, max-age=60`
 *     GET  /linked              requireAuth(); the handler sets `Link: </next>; rel="next"` and `Sunset: Wed, 01 Jan 2031 00:00:00 GMT`
 *     ALL  /everything          requireAuth(); the handler calls parts.handled()
 *
 * where nothing else is said, handlers answer `whoami(principal)`.
 *
 * - `session`: dualAuth, then GET /me, /fresh (requireAuth({ fresh: true })), /twice (requireAuth() again), /admin
 *   (requireRole('admin')), /streamed (the handler streams `one` and `two`), /raw (the framework's own lowest
 *   way to answer, with `Set-Cookie: theme=dark`), /cached (the handler sets
 *   FOR_SHARED_CACHES), /logout (the handler sets `session=; Max-Age=0`), /crash,
 *   /throws (requirePermission with a callback that rejects with an error)
 * - `unmounted`: GET /me with requireAuth(), and GET /logged, and no dualAuth
 * - `uncalled`: GET /me with requireAuth passed without calling it
 * - `nested`: `auth` at the top, `other` under /partner; GET /me and GET /partner/me, both requireAuth()
 * - `two-copies`: dualAuth of one loaded copy of the adapter, requireAuth of another; GET /me
 * - `cors-before`: CORS for any origin, then dualAuth, then everything requires authentication; GET /me
 * - `cors-after`: dualAuth, then everything requires authentication, then CORS; GET /me
 * - `rewritten`: a middleware that changes the request, then dualAuth; GET /me. Where `x-token` was sent, the
 *   middleware sets `authorization` to `Bearer <x-token>`; where `x-whole` was sent too, by replacing all
 *   headers at once; where `x-removed` was sent, it removes `authorization`; where `x-unpaired` was sent,
 *   it leaves no raw header pairs, as wrappers of serverless platforms do
 * - `mounted`: a middleware that sets `x-before: 1` on every answer, then dualAuth; `parts.web` is mounted with
 *   mountHandler below /mounted, below /parsed behind parsers of JSON and of forms, and below /guarded behind
 *   requireAuth()
 * - `announcing`: a middleware that sets `Sunset` to what `x-sunset` says, where it was sent, then dualAuth; each requireAuth():
 *   GET /me, /streamed (the handler streams `one` and `two`), /crash, /redirected (302 to /me, by the framework, or by what the
 *   platform has for it), /unchanged (304 with `ETag: "v1"`), /replaced (the handler sets `Link: </next>; rel="next"` and `Vary: Accept`
 *   in place of others), /raw (the framework's own lowest way to answer: 203 `{}` with the same two and `X-Own: yes`)
 * - `varied`: dualAuth, then, each requireAuth() and answering {} with `Cache-Control: public, max-age=60` and `Vary: Accept` in place of
 *   others: GET /set (by the framework), /object, /flat and /pairs (the framework's own lowest way to answer, with the fields as an object,
 *   as a flat list of names and values, and as a list of pairs; in Hono as an object, as `Headers` and as pairs); and /removed (the
 *   handler removes `Vary` and `Cache-Control`)
 * - `answered`: something answers 202 and lets the request go on to requireAuth(); GET /me
 */
export type AppName =
  | 'standard'
  | 'session'
  | 'unmounted'
  | 'uncalled'
  | 'nested'
  | 'two-copies'
  | 'cors-before'
  | 'cors-after'
  | 'rewritten'
  | 'mounted'
  | 'answered'
  | 'announcing'
  | 'varied'

export interface AppParts {
  readonly auth: DualAuth
  readonly other: DualAuth
  allows(principal: Principal, path: string): boolean
  handled(): void
  readonly web: WebHandler
}

export interface RunningApp {
  readonly origin: string
  close(): Promise<void>
}

export interface AdapterUnderTest {
  /** Starts one of the apps on a real server on loopback. May reject where the mistake shows at boot. */
  serve(app: AppName, parts: AppParts): Promise<RunningApp>
  readonly differences?: Differences
}

/** What differs by the nature of a framework; everything else must be equal. */
export interface Differences {
  /** Apps that cannot be written in this framework, and why. */
  readonly impossible?: Partial<Record<AppName, string>>
  /** True where CORS registered after a guard still answers preflights; elsewhere the guard ends them with 204. */
  readonly corsAfterGuards?: boolean
  /** True where `URL` has resolved dot segments before the router reads a path. */
  readonly resolvedPaths?: boolean
}

/** What a handler says to let each kind of shared cache keep its answer. */
export const FOR_SHARED_CACHES: Readonly<Record<string, string>> = {
  'cache-control': 'public, max-age=60',
  'cdn-cache-control': 'max-age=60',
  'surrogate-control': 'max-age=60',
  'edge-control': 'max-age=60',
  'x-accel-expires': '60',
}

export function whoami(principal: Principal | null): Record<string, unknown> {
  if (principal === null) return { anonymous: true }
  const { id, verifier, organization, roles } = principal
  return { id, verifier, organization, roles }
}
