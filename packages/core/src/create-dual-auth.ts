import { authorize } from './access/authorize.js'
import { requirementOf, type Requirement } from './access/requirement.js'
import { createMemory } from './cache/memory.js'
import { createRevocations } from './cache/revocations.js'
import { createRevoker } from './cache/revoker.js'
import type { AuthResult, DualAuth } from './dual-auth.js'
import { refusal, type AuthError } from './errors/auth-error.js'
import { createEmit } from './events/events.js'
import { headerView, type HeaderView } from './http/request.js'
import { NO_COOKIES } from './http/set-cookie.js'
import { createIdentify } from './request/identify.js'
import { linkBySubject } from './identity/link.js'
import type { Account, Link, Principal, PrincipalOf } from './identity/principal.js'
import { createResolver } from './request/resolve.js'
import { andThen, isPending, type MaybePromise } from './async/maybe-promise.js'
import { createKeyRing } from './keys/key-set/key-ring.js'
import { parseDualAuthOptions, type DualAuthOptions } from './options.js'
import { readyAll } from './request/ready.js'
import { createResponder, varyOf } from './respond/answer.js'
import { createReporter } from './request/report.js'
import { createGuard } from './request/guard.js'
import { createCanonical } from './route/canonical.js'
import { createCredentialReader } from './route/copied-credential.js'
import { credentialOf, explain } from './route/explain.js'
import { carrierPlan, createRouter, hasSuccessor } from './route/router.js'
import { present } from './route/shape.js'
import type { Demand, Verifier } from './route/verifier.js'
import { authenticateUpgrade } from './request/upgrade.js'
import { withdraw } from './request/end-session.js'

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
  const subprotocol = parsed.subprotocol ?? null
  const plan = carrierPlan(verifiers, parsed.maxCredentialBytes ?? DEFAULT_MAX_CREDENTIAL_BYTES, subprotocol)
  const precedence = parsed.precedence ?? []
  const router = createRouter(verifiers, precedence)
  const keyRing = createKeyRing(parsed.hydrate)
  const open = verifiers.map((verifier) =>
    verifier.open({ now, emit, keyRing, hasSuccessor: hasSuccessor(verifier, verifiers, precedence) }),
  )
  const remember = parsed.remember === false ? {} : (parsed.remember ?? {})
  const canonical = createCanonical(verifiers)
  const revocations = createRevocations(canonical)
  const principals = new WeakSet<Principal>()
  const resolve = createResolver({
    verifiers,
    open,
    router,
    link: (parsed.link as Link | undefined) ?? linkBySubject,
    // The default is the same for ever.
    linkMaxAgeMs: parsed.link === undefined ? Number.POSITIVE_INFINITY : (remember.linkMaxAgeMs ?? 0),
    memory: parsed.remember === false ? null : createMemory(remember, now),
    revocations,
    admit: (principal) => void principals.add(principal),
    emit,
    now,
  })
  const revoker = createRevoker({
    revocations,
    verifiers: verifiers.map(({ name }) => name),
    feed: parsed.revocations,
    canonical,
    readCredential: createCredentialReader(verifiers, plan),
    emit,
    now,
  })
  const respond = createResponder(plan, parsed.realm ?? 'api', parsed.formatError, emit)
  const report = createReporter(parsed.onEvent === undefined ? null : emit)
  const origins = { trustedOrigins, allowNonBrowser }
  const identify = createIdentify({ plan, resolve, origins, report })
  const roles = access.roles ?? {}
  const headers = { cacheControl: 'private, no-store', vary: varyOf(plan) }

  async function authenticate(view: HeaderView, demand: Demand, isUpgrade = false): Promise<AuthResult> {
    const found = identify(view, demand, isUpgrade)
    const resolution = isPending(found) ? await found : found
    const { cookies = NO_COOKIES } = resolution
    if (resolution.ok) return { ok: true, principal: resolution.principal, carrier: resolution.carrier, cookies }
    const { reason, verifier, carrier } = resolution
    return { ok: false, error: report.refused(resolution), reason, verifier, carrier, cookies }
  }

  function authorizeRule(
    principal: Principal,
    requirement: Requirement,
    native: unknown,
  ): MaybePromise<AuthError | null> {
    if (!principals.has(principal)) return refusal('permission_denied')
    return andThen(authorize(principal, requirement, native, roles), (denial) => {
      if (denial === null) return null
      report.denied(denial.code, principal)
      return refusal(denial.code, { required: denial.required ?? undefined })
    })
  }

  const auth: DualAuth = {
    authenticate: (request, { fresh = false, refresh = false } = {}) =>
      authenticate(headerView(request), { fresh, refresh }),
    authenticateUpgrade(request) {
      const view = headerView(request)
      return authenticateUpgrade({ view, subprotocol, authenticate: (demand) => authenticate(view, demand, true) })
    },
    explain: (input) => explain(present(credentialOf(input)), verifiers, router),
    async authorize(principal, rule, request) {
      const error = await authorizeRule(principal, requirementOf(rule as never), request)
      return error === null ? { ok: true } : { ok: false, error }
    },
    guard: createGuard({ identify, authorize: authorizeRule, report, respond, headers }),
    respond,
    revoke: revoker.revoke,
    withdraw: (request) => withdraw(request, plan, router, open),
    ready: () =>
      readyAll([
        { name: 'revocations', ready: revoker.ready },
        ...open.map((one, index) => ({ name: (verifiers[index] as Verifier).name, ready: () => one.ready() })),
      ]),
    exportKeys: () => keyRing.export(),
    async close() {
      for (const verifier of open) verifier.close()
      await revoker.close()
    },
  }
  return Object.freeze(auth) as DualAuth<PrincipalOf<V, A>>
}
