import { authorize } from './access/authorize.js'
import { requirementOf } from './access/requirement.js'
import type { DualAuth } from './dual-auth.js'
import { AuthError } from './errors/auth-error.js'
import { createEmit } from './events/events.js'
import { extract } from './extract/extract.js'
import { provesOrigin } from './extract/origin.js'
import { headerView, isPreflight, type AuthRequest } from './http/request.js'
import { decideCookies, missing } from './identity/decide-cookies.js'
import { linkBySubject } from './identity/link.js'
import type { Account, Link, Principal, PrincipalOf } from './identity/principal.js'
import { createResolver } from './identity/resolve.js'
import type { Resolution } from './identity/resolution.js'
import { parseDualAuthOptions, type DualAuthOptions } from './options.js'
import { createResponder, varyOf } from './respond/answer.js'
import { createReporter } from './respond/report.js'
import { decideGuard } from './respond/decide-guard.js'
import { carrierPlan, createRouter } from './route/router.js'
import type { Demand, Verifier } from './route/verifier.js'

const DEFAULT_MAX_CREDENTIAL_BYTES = 8192

/**
 * Creates the layer that lets one API accept several credential systems at once.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name. Nothing is fetched here.
 */
export function createDualAuth<const V extends readonly Verifier[], A extends Account = Account>(
  options: DualAuthOptions<V, A>,
): DualAuth<PrincipalOf<V, A>> {
  const parsed = parseDualAuthOptions(options)
  const { verifiers, trustedOrigins = [], allowNonBrowser = false, access = {}, now = Date.now } = parsed
  const emit = createEmit(parsed.onEvent, now)
  const plan = carrierPlan(verifiers, parsed.maxCredentialBytes ?? DEFAULT_MAX_CREDENTIAL_BYTES)
  const router = createRouter(verifiers, parsed.precedence ?? [])
  const open = verifiers.map((verifier) => verifier.open({ now, emit }))
  const resolve = createResolver({
    verifiers,
    open,
    router,
    link: (parsed.link as Link | undefined) ?? linkBySubject,
    emit,
  })
  const respond = createResponder(plan, parsed.realm ?? 'api', parsed.formatError)
  const report = createReporter(emit)
  const principals = new WeakSet<object>()
  const roles = access.roles ?? {}
  const headers = { cacheControl: 'private, no-store', vary: varyOf(plan) }

  /** Extract, route, verify, link: who is calling? */
  async function identify(request: AuthRequest, demand: Demand): Promise<Resolution> {
    const startedAt = performance.now()
    const view = headerView(request)
    const extraction = extract(view, plan)
    let resolution: Resolution
    if (extraction.kind === 'none') resolution = missing()
    else if (extraction.kind === 'refused') resolution = { ok: false, reason: null, verifier: null, ...extraction }
    else if (extraction.kind === 'explicit') {
      const { carrier } = extraction.credential
      resolution = (await resolve(extraction.credential, demand)) ?? {
        ok: false,
        code: 'credential_unsupported',
        reason: null,
        verifier: null,
        carrier,
      }
    } else {
      const decision = await decideCookies(extraction.cookies, (cookie) => resolve(cookie, demand))
      for (const ignored of decision.ignored) report.ignored(ignored)
      resolution = decision.resolution
      if (resolution.ok && !provesOrigin(view, { trustedOrigins, allowNonBrowser })) {
        resolution = {
          ok: false,
          code: 'origin_untrusted',
          reason: null,
          verifier: resolution.principal.verifier,
          carrier: 'cookie',
          cookies: resolution.cookies,
        }
      }
    }
    if (resolution.ok) principals.add(resolution.principal)
    report.resolved(resolution, performance.now() - startedAt)
    return resolution
  }

  async function authorizeRule(
    principal: Principal,
    requirement: ReturnType<typeof requirementOf>,
    native: unknown,
  ): Promise<AuthError | null> {
    if (!principals.has(principal)) return new AuthError('permission_denied')
    const denial = await authorize(principal, requirement, native, roles)
    if (denial === null) return null
    report.denied(denial.code, principal)
    return new AuthError(denial.code, denial.required === null ? {} : { required: denial.required })
  }

  const auth: DualAuth = {
    async authenticate(request, { fresh = false } = {}) {
      const resolution = await identify(request, { fresh })
      const { carrier, cookies = [] } = resolution
      return resolution.ok
        ? { ok: true, principal: resolution.principal, carrier: resolution.carrier, cookies }
        : { ok: false, error: report.refused(resolution), verifier: resolution.verifier, carrier, cookies }
    },
    async authorize(principal, rule, request) {
      const error = await authorizeRule(principal, requirementOf(rule as never), request)
      return error === null ? { ok: true } : { ok: false, error }
    },
    guard: ({ request, native, memo }, requirement) =>
      decideGuard({
        preflight: () => isPreflight(headerView(request)),
        identify: (demand) =>
          demand.fresh
            ? (memo.fresh ??= memo.resolution = identify(request, demand))
            : (memo.resolution ??= identify(request, demand)),
        authorize: (principal) => authorizeRule(principal, requirement, native),
        requirement,
        report,
        respond,
        headers,
      }),
    respond,
    ready: async () => void (await Promise.all(open.map((verifier) => verifier.ready()))),
    close: async () => open.forEach((verifier) => verifier.close()),
  }
  return Object.freeze(auth) as DualAuth<PrincipalOf<V, A>>
}
