import { holds } from './access/grants.js'
import { requirementOf } from './access/requirement.js'
import { createCoalesce } from './async/coalesce.js'
import { createMemory } from './cache/memory.js'
import { createRevocations } from './cache/revocations.js'
import { createRevoker } from './cache/revoker.js'
import type { AuthorizeRule, DualAuth } from './dual-auth.js'
import { createEmit, type Emit } from './events/emit.js'
import { trustedOriginsTest } from './extract/trusted-origins.js'
import { headerView } from './http/request.js'
import { answeredInTime } from './identity/answered-in-time.js'
import { linkBySubject, type FindAccount } from './identity/link.js'
import type { Account, Link, PrincipalOf } from './identity/principal.js'
import type { LinkRefusal } from './identity/refusal.js'
import { createKeyRing } from './keys/key-set/key-ring.js'
import { optionError } from './settings/options.js'
import { knownPolicies } from './migration/known-policies.js'
import { parseMigrations } from './migration/options.js'
import { closeMigrations, createSteering, flushEvidence, migrationsReady, type Steering } from './migration/steering.js'
import { parseDualAuthOptions, type DualAuthOptions, type ParsedDualAuthOptions } from './options.js'
import { authenticate } from './request/authenticate.js'
import { authorizePrincipal } from './request/authorize-principal.js'
import { can, why } from './request/can.js'
import { diagnose } from './diagnose/diagnose.js'
import { fingerprints, inspect } from './diagnose/inspect.js'
import { explainPolicy } from './diagnose/explain-policy.js'
import { sessionsOfCopied } from './request/copied-sessions.js'
import { endSession } from './request/end-session.js'
import { exchange } from './request/exchange/exchange.js'
import { createExchanger } from './request/exchange/exchanger.js'
import { guard } from './request/guard.js'
import { unlessRevokedSince } from './request/held-since.js'
import type { Line } from './request/line.js'
import { issuerFor } from './request/issuer-for.js'
import { migrationStatus } from './request/migration-status.js'
import { isAsked } from './request/owners.js'
import { createShadow } from './request/shadow/shadow.js'
import { signOut } from './request/sign-out.js'
import { sessionProblem } from './verify/sealed-session/begun-sessions.js'
import { sourceReady } from './verify/source-ready.js'
import { health } from './request/health.js'
import { readyAll, type Preparation } from './request/ready.js'
import { createReporter } from './request/report.js'
import { authenticateUpgrade } from './request/upgrade.js'
import { createResponder, varyOf } from './respond/answer.js'
import { createCanonical } from './route/canonical.js'
import { createCredentialReader } from './route/copied-credential.js'
import { explain } from './route/explain.js'
import { credentialOf } from './route/given-credential.js'
import { carrierPlan, createRouter, hasSuccessor } from './route/router.js'
import { createJwtReader } from './route/jwt.js'
import { present } from './route/shape.js'
import type { OpenVerifier, Verifier } from './route/verifier.js'
import { createThrottle } from './throttle/throttle.js'

/**
 * Creates the layer that lets one API accept several credential systems at once.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it. Nothing is fetched here.
 */
export function createDualAuth<const V extends readonly Verifier[], A extends Account | LinkRefusal = Account>(
  options: DualAuthOptions<V, A>,
): DualAuth<PrincipalOf<V, Extract<A, Account>>> {
  const parsed = parseDualAuthOptions(options)
  const { verifiers, precedence, now } = parsed
  const emit = createEmit(parsed.onEvent, now)
  const keyRing = createKeyRing(parsed.hydrate)
  const canonical = createCanonical(verifiers)
  const leads = new Map(verifiers.map(({ name, clockToleranceSeconds = 0 }) => [name, clockToleranceSeconds * 1000]))
  const revocations = createRevocations(canonical, (verifier) => leads.get(verifier) ?? 0)
  const line = createLine(parsed, emit, now, { revocations, canonical }, (verifier, steering) => {
    return verifier.open({
      now,
      emit,
      keyRing,
      maxCredentialBytes: parsed.maxCredentialBytes,
      hasSuccessor: hasSuccessor(verifier, verifiers, precedence, (name) => steering?.partsOf(name) !== undefined),
    })
  })
  const names = Object.freeze(verifiers.map(({ name }) => name))
  const revoker = createRevoker({
    revocations: line.revocations,
    verifiers: names,
    feed: parsed.revocations,
    relatedTo: async (revocation) => line.exchanger?.relatedTo(revocation) ?? [],
    sessionsOf: (copied) => sessionsOfCopied(line, copied),
    takeLate: () => line.exchanger?.takeLate() ?? [],
    canonical,
    readCredential: createCredentialReader(verifiers, line.plan),
    emit,
    now,
  })
  const preparations: readonly Preparation[] = [
    { name: 'revocations', ready: revoker.ready },
    { name: 'link', ready: (waitMs) => sourceReady(parsed.link, null, waitMs) },
    ...migrationsReady(line.steering),
    ...line.open.map((one, place) => ({
      name: (verifiers[place] as Verifier).name,
      ready: async (waitMs?: number) => ((await isAsked(line, place)) ? one.ready(waitMs) : undefined),
    })),
  ]
  const auth: DualAuth = {
    authenticate(request, { fresh = false, refresh = false, counted = false, organization, heldSince } = {}) {
      const own = organization === undefined ? line : { ...line, organization }
      const result = authenticate(own, headerView(request), { fresh, refresh, counted })
      return heldSince === undefined ? result : result.then((late) => unlessRevokedSince(own, late, heldSince))
    },
    authenticateUpgrade: (request) => authenticateUpgrade(line, headerView(request)),
    shapes: Object.freeze(verifiers.flatMap(({ shapes }) => shapes)),
    verifiers: names,
    migrations: Object.freeze((line.steering?.migrations ?? []).map((migration) => migration.options.name)),
    inspect: () => inspect(parsed),
    fingerprints: () => fingerprints(verifiers),
    explain: (input) => explain(present(credentialOf(input, line.plan, 'explain')), verifiers, line.router),
    diagnose: (input) => diagnose(line, input),
    explainPolicy: (input, { organization = null } = {}) => explainPolicy(line, input, organization),
    async authorize(principal, rule, request) {
      const error = await authorizePrincipal(line, principal, requirementOf(rule as AuthorizeRule), request)
      return error === null ? { ok: true } : { ok: false, error }
    },
    can: (subject, permission, more) => can(line, subject, permission, more),
    why: (subject, permission, more) => why(line, subject, permission, more),
    mayGrant: async (principal, grant) => line.principals.has(principal) && holds(principal, grant, line.roles),
    guard: (exchange, requirement) => guard(line, exchange, requirement),
    issuerFor: (input) => issuerFor(line, input),
    migrationStatus: (of = {}) => migrationStatus(line, of),
    knownPolicies: () => knownPolicies(line.steering?.migrations ?? []),
    async exchange(request, { tokens = false } = {}) {
      if (line.exchanger === null)
        throw optionError('createDualAuth.migration.exchange', 'is required for auth.exchange')
      return exchange(line, line.exchanger, request, tokens)
    },
    async flush() {
      await Promise.all([flushEvidence(line.steering), line.shadow?.flush()])
    },
    sessionProblem(verifier, begun) {
      const reader = verifiers.find(({ name }) => name === verifier)
      if (reader === undefined) throw optionError('sessionProblem.verifier', `must be one of ${names.join(', ')}`)
      return sessionProblem(reader, begun)
    },
    report: ({ endpoint, code, reason = null, verifier = null, cause }) =>
      emit({ type: 'endpoint_failed', endpoint, code, reason, verifier, ...(cause !== undefined && { cause }) }),
    respond: line.respond,
    revoke: revoker.revoke,
    endSession: (request) => endSession(line, request, revoker.endRelated),
    signOut: (request) => signOut(line, { canonical, end: revoker.end, hold: revocations.hold }, request),
    ready: () => readyAll(preparations),
    health: () => health(line, keyRing.export(), preparations),
    exportKeys: () => keyRing.export(),
    async close() {
      for (const verifier of line.open) verifier.close()
      await Promise.all([
        revoker.close(),
        closeMigrations(line.steering),
        line.exchanger?.close(),
        line.shadow?.close(),
      ])
    },
  }
  return Object.freeze(auth) as DualAuth<PrincipalOf<V, Extract<A, Account>>>
}

function createLine(
  options: ParsedDualAuthOptions,
  emit: Emit,
  now: () => number,
  { revocations, canonical }: Pick<Line, 'revocations' | 'canonical'>,
  open: (verifier: Verifier, steering: Steering | null) => OpenVerifier,
): Line {
  const { verifiers, precedence, trustedOrigins, allowNonBrowser, link, linkTimeoutMs } = options
  const { maxCredentialBytes, subprotocol = null, remember } = options
  const plan = carrierPlan(verifiers, maxCredentialBytes, subprotocol)
  const steering = steeringOf(options, emit, now)
  const evicted =
    options.onEvent === undefined
      ? undefined
      : (owner: number) => emit({ type: 'evicted', verifier: (verifiers[owner] as Verifier).name })
  const memory = remember === false ? null : createMemory(remember, now, evicted)
  const exchanges = steering?.migrations.some((migration) => migration.options.exchange !== null) === true
  return {
    verifiers,
    open: verifiers.map((verifier) => open(verifier, steering)),
    plan,
    router: createRouter(verifiers, precedence),
    readJwt: createJwtReader(),
    memory,
    throttle: options.throttle === undefined ? null : createThrottle(options.throttle, emit, now),
    link: link === undefined ? linkBySubject : answeredInTime(link as Link, linkTimeoutMs, 'link'),
    account:
      options.account === undefined ? null : lookedUpOnce(answeredInTime(options.account, linkTimeoutMs, 'account')),
    linkMaxAgeMs: linkMaxAgeOf(options),
    organization: options.organization ?? null,
    asksForOrganization: verifiers.some(({ forOrganization }) => forOrganization === true),
    steering,
    exchanger: exchanges ? createExchanger({ emit, now, memory, steering, canonical }) : null,
    shadow: createShadow(steering, emit, now),
    canonical,
    revocations,
    principals: new WeakMap(),
    signIns: new WeakMap(),
    roles: options.access.roles ?? {},
    origins: { trusts: trustedOriginsTest(trustedOrigins), allowNonBrowser },
    report: createReporter(options.onEvent === undefined ? null : emit, steering),
    respond: createResponder(plan, options.realm, options.formatError, emit),
    headers: { cacheControl: 'private, no-store', vary: varyOf(plan) },
    emit,
    now,
  }
}

/** Looks up an account once for questions asked together. Nothing is kept. */
function lookedUpOnce(account: FindAccount): FindAccount {
  const lookUps = createCoalesce<Awaited<ReturnType<FindAccount>>>({ waitMs: LOOK_UP_WAIT_MS })
  return (id) => lookUps.join(id, () => account(id))
}

const LOOK_UP_WAIT_MS = 5_000

function linkMaxAgeOf({ link, remember }: ParsedDualAuthOptions): number {
  // The default always gives the same answer.
  if (link === undefined) return Number.POSITIVE_INFINITY
  return remember === false ? 0 : (remember.linkMaxAgeMs ?? 0)
}

function steeringOf(
  { migration, verifiers, onEvent }: ParsedDualAuthOptions,
  emit: Emit,
  now: () => number,
): Steering | null {
  if (migration === undefined) return null
  const parsed = parseMigrations('from' in migration ? [migration] : migration, verifiers)
  if (onEvent === undefined && parsed.some(({ shadow }) => shadow !== null))
    throw optionError('createDualAuth.onEvent', 'is required for migration.shadow: what is found are events')
  return createSteering(parsed, emit, now)
}
