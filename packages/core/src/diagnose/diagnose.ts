import type { ExplainInput } from '../dual-auth.js'
import type { ErrorCode } from '../errors/error-table.js'
import type { RejectionReason } from '../events/events.js'
import { NO_SCHEME, type CarrierPlan } from '../extract/credential.js'
import { isWellFormed } from '../extract/extract.js'
import { linkIdentity } from '../identity/link.js'
import type { Principal } from '../identity/principal.js'
import { revocableOf } from '../request/revocable.js'
import type { Line } from '../request/line.js'
import type { Resolution, Unresolved } from '../request/resolution.js'
import { mayBeOfAnother, mayPassOver, ownersAsked, type Asked } from '../request/owners.js'
import { steer } from '../request/steer.js'
import { carries } from '../route/carriers.js'
import { explain, placeOf, schemesOf } from '../route/explain.js'
import { credentialOf } from '../route/given-credential.js'
import { present, type Presented } from '../route/shape.js'
import type { Accepted, Demand, Rejected, Unavailable, Verifier } from '../route/verifier.js'
import { judge } from '../verify/judge.js'
import { describeCredential } from './describe-credential.js'
import { accountFindings, refusalOfLink } from './link-findings.js'
import { endByOutage, endByPolicy, policyFindings } from './policy-findings.js'
import { wordsOf } from './words-of.js'

/** What happened to a credential, step by step. The last step decided. */
export interface Diagnosis {
  readonly accepted: boolean
  /** The error code that a caller would get; null if it is accepted. */
  readonly code: ErrorCode | null
  readonly reason: RejectionReason | null
  /** Name of the claim that was missing or wrong. */
  readonly claim: string | null
  readonly verifier: string | null
  /** The application's own id; null if no account was found. */
  readonly principalId: string | null
  /** Index of the secret that signed it; 0 is the newest. Null if no secret did, or it is not genuine. */
  readonly secretIndex: number | null
  /** When it expires, in seconds since the epoch. Null if it does not say, or is not genuine. */
  readonly expiresAt: number | null
  readonly steps: readonly DiagnosisStep[]
}

/** One step. It contains no credential, hash, e-mail address or claim value. */
export interface DiagnosisStep {
  readonly step: 'extract' | 'route' | 'verify' | 'link' | 'admit' | 'policy'
  readonly ok: boolean
  /** In words, for support. */
  readonly findings: readonly string[]
}

/** Bypasses every cache. Nothing is refreshed, because no answer could carry it. */
const DEMAND: Demand = /* @__PURE__ */ Object.freeze({ fresh: true, refresh: false })

/** Takes one credential through all steps and notes each. The verification is real: an API key counts this use. */
export async function diagnose(line: Line, input: ExplainInput): Promise<Diagnosis> {
  const presented = present(credentialOf(input, line.plan, 'diagnose'))
  const steps: DiagnosisStep[] = []
  const note: Note = (step, ok, ...findings) => void steps.push({ step, ok, findings })
  const end: End = (code, more = {}) => ({
    accepted: code === null,
    code,
    reason: null,
    claim: null,
    verifier: null,
    principalId: null,
    secretIndex: null,
    expiresAt: null,
    ...more,
    steps,
  })

  const refused = extractionProblem(presented, line)
  note('extract', refused === null, ...describeCredential(presented, line.now()), ...(refused?.findings ?? []))
  if (refused !== null) return end(refused.code)

  const selection = line.router.select(presented)
  const { considered } = explain(presented, line.verifiers, line.router)
  const because = considered.map((one) => `${one.verifier} ${one.because}`)
  note('route', selection.kind === 'owned', ...because)
  if (selection.kind !== 'owned')
    return end(selection.kind === 'ambiguous' ? 'credential_ambiguous' : 'credential_unsupported')

  const { steering } = line
  const asked = await askedOf(line, selection.owners, presented)
  if (!asked.ok) return endByPolicy(asked, note, end)
  const { owner, verification, passed } = await judge(presented, asked.owners, line.open, DEMAND, (place) =>
    mayPassOver(line, steering, place),
  )
  const { name } = line.verifiers[owner] as Verifier
  if (verification.outcome === 'unavailable') {
    note('verify', false, outageFinding(name, verification))
    return end('verifier_unavailable', { verifier: name })
  }
  if (verification.outcome === 'rejected') {
    const { code, reason, claim = null } = verification
    note('verify', false, ...refusalFindings(name, verification))
    if (asked.otherwise !== null && mayBeOfAnother(verification)) return endByPolicy(asked.otherwise, note, end)
    return end(code, { verifier: name, reason, claim })
  }
  const outages = (passed ?? []).map((one) => ({ verifier: (line.verifiers[one.owner] as Verifier).name, ...one }))
  note('verify', true, ...outages.map((one) => outageFinding(one.verifier, one.verification)), `${name} accepts it`)
  const { secretIndex, expiresAt } = verification.identity
  const endGenuine: End = (code, more) => end(code, { secretIndex, expiresAt, ...more })
  const { diagnosis, principal } = await linkAndAdmit(line, presented, name, verification, note, endGenuine)
  return (await endByOutage(line, outages, principal, note, endGenuine)) ?? diagnosis
}

async function askedOf(line: Line, owners: readonly number[], { carrier }: Presented): Promise<Asked | Unresolved> {
  return line.steering === null
    ? { ok: true, owners, otherwise: null }
    : ownersAsked(line, line.steering, owners, carrier)
}

function outageFinding(verifier: string, { cause }: Unavailable): string {
  return `${verifier} cannot tell: ${wordsOf(cause)}`
}

/** A session that nobody has signed in to is not an error, but support has to know why nobody is let in. */
function refusalFindings(verifier: string, { reason, claim = null }: Rejected): readonly string[] {
  if (reason !== 'anonymous') return [`${verifier} refuses it: ${reason}${claim === null ? '' : `, by \`${claim}\``}`]
  return [
    `${verifier} knows this session, and nobody has signed in to it (${reason})`,
    'it counts as no credential: other cookies decide, `optionalAuth()` goes on without a principal, and other guards answer 401',
    `if somebody has signed in, ${verifier} looks for the user in another place than the application writes it to`,
  ]
}

/** Adds a step. */
export type Note = (step: DiagnosisStep['step'], ok: boolean, ...findings: string[]) => void

/** Ends with the step that decided. */
export type End = (code: ErrorCode | null, more?: Partial<Diagnosis>) => Diagnosis

interface Admitted {
  readonly diagnosis: Diagnosis
  /** Null if it is refused. */
  readonly principal: Principal | null
}

function refusedWith(diagnosis: Diagnosis): Admitted {
  return { diagnosis, principal: null }
}

async function linkAndAdmit(
  line: Line,
  presented: Presented,
  verifier: string,
  { identity }: Accepted,
  note: Note,
  end: End,
): Promise<Admitted> {
  const linked = await linkIdentity(verifier, identity, line.link)
  if (!linked.ok) {
    note('link', false, ...refusalOfLink(linked))
    return refusedWith(end(linked.code, { verifier }))
  }
  const { principal } = linked
  note('link', true, ...accountFindings(identity, principal))
  const revocable = revocableOf(principal, principal.issuedAt, identity.signInBegunAt ?? null)
  if (!line.revocations.isEmpty && (await line.revocations.covers({ ...revocable, value: presented.value }))) {
    note('admit', false, 'revoked in this process, by auth.revoke or the feed')
    return refusedWith(end('credential_revoked', { verifier, reason: 'revoked', principalId: principal.id }))
  }
  const named = line.organization === null ? [] : ['each request names its own organization, which is not checked here']
  note('admit', true, 'not revoked in this process', ...named)
  const { carrier, name } = presented
  const candidate: Resolution = { ok: true, principal, carrier, name, cookies: [] }
  const steered = line.steering === null ? candidate : await steer(line, line.steering, candidate)
  if (!steered.ok) return refusedWith(endByPolicy(steered, note, end))
  if (line.steering !== null)
    for (const finding of await policyFindings(line.steering, principal)) note('policy', true, finding)
  return { diagnosis: end(null, { verifier, principalId: principal.id }), principal }
}

function extractionProblem(
  credential: Presented,
  { verifiers, plan }: Line,
): { readonly code: ErrorCode; readonly findings: readonly string[] } | null {
  const { carrier, value } = credential
  const isRead = verifiers.some(({ shapes }) =>
    shapes.some(({ carriage }) => carries(carriage, carrier, credential.name)),
  )
  if (!isRead)
    return {
      code: 'credential_missing',
      findings: [
        `no verifier looks at ${placeOf(credential)}`,
        ...(carrier === 'bearer' ? schemeHints(verifiers) : []),
        ...(carrier === 'cookie' ? cookieHints(plan) : []),
      ],
    }
  if (value.length > plan.maxCredentialBytes)
    return { code: 'credential_too_large', findings: [`is longer than ${plan.maxCredentialBytes} bytes`] }
  if (credential.jwt() === null && !isWellFormed(credential))
    return { code: 'credential_malformed', findings: [`breaks the grammar of a ${carrier}`] }
  return null
}

/** Cookie names are configuration, so they may be shown. */
function cookieHints({ cookies }: CarrierPlan): readonly string[] {
  return cookies.length === 0 ? [] : [`verifiers look at the cookies ${cookies.map((name) => `"${name}"`).join(', ')}`]
}

/** A string counts as a bearer, which not every verifier reads. */
function schemeHints(verifiers: readonly Verifier[]): readonly string[] {
  return verifiers.flatMap(({ name, shapes }) =>
    schemesOf(shapes).map((scheme) => {
      const input = scheme === NO_SCHEME ? "{ header: 'authorization', value }" : `{ scheme: '${scheme}', value }`
      return `${name} looks at ${placeOf({ carrier: 'scheme', name: scheme, value: '' })}: give ${input}`
    }),
  )
}
