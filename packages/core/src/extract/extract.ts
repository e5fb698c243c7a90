import type { ErrorCode } from '../errors/error-table.js'
import type { CarrierKind } from '../events/events.js'
import type { HeaderView } from '../http/request.js'
import { assembleCookie, countChunks, isChunkOf } from '../http/chunks.js'
import { B64TOKEN, HEADER_KEY } from '../http/grammar.js'
import { MAX_VALUES_PER_COOKIE, percentDecode, readCookies, trimSpaceAndTab } from '../http/cookies.js'
import { NO_SCHEME, type CarrierPlan, type Credential } from './credential.js'

export type Extraction =
  | { readonly kind: 'explicit'; readonly credential: Credential }
  /** Groups of values that share a cookie name, newest side first. */
  | { readonly kind: 'ambient'; readonly cookies: readonly (readonly Credential[])[] }
  | { readonly kind: 'none' }
  | {
      readonly kind: 'refused'
      readonly code: ErrorCode
      readonly carrier: CarrierKind
      /** As in `Credential`; absent if two places contradict each other. */
      readonly name?: string
    }

const PERCENT_ENCODED_SIGNED_BEARER = /^[A-Za-z0-9]{16,64}\.(?:[A-Za-z0-9]|%2B|%2F|%2b|%2f){43}%3[Dd]$/

/**
 * What was presented, and where did it travel? An explicit credential (a header) decides: cookies beside it are
 * ignored. Two explicit credentials are refused, not ranked. The caller must still check the result with
 * `isWellFormed`.
 */
export function extract(view: HeaderView, plan: CarrierPlan, isUpgrade = false): Extraction {
  let explicit = readAuthorization(view.values('authorization'), plan)
  if (explicit.kind === 'refused') return explicit
  if (isUpgrade) {
    const offered = readSubprotocol(view.values('sec-websocket-protocol'), plan)
    if (offered.kind === 'refused') return offered
    if (offered.kind === 'explicit' && explicit.kind === 'explicit') return refused('credential_malformed', 'bearer')
    if (offered.kind === 'explicit') explicit = offered
  }
  for (const name of plan.headers) {
    const values = view.values(name)
    if (values.length === 0) continue
    const value = trimSpaceAndTab(values[0] as string)
    if (explicit.kind === 'explicit') return refused('credential_malformed', 'header')
    if (values.length > 1) return refused('credential_malformed', 'header', name)
    if (value.length > plan.maxCredentialBytes) return refused('credential_too_large', 'header', name)
    explicit = { kind: 'explicit', credential: { carrier: 'header', name, value } }
  }
  return explicit.kind === 'explicit' ? explicit : readAmbient(view.values('cookie'), plan)
}

function readAuthorization(values: readonly string[], plan: CarrierPlan): Extraction {
  if (values.length > 1) return refused('credential_malformed', 'bearer')
  const field = values[0]
  if (field === undefined) return { kind: 'none' }
  if (field.startsWith('Bearer ')) return readBearer(trimSpaceAndTab(field.slice(7)), 'authorization', plan)
  return plan.schemes.size === 0 ? readScheme(field, plan) : readAnyScheme(field, plan)
}

/** Another spelling of `Bearer`, or a scheme that is not ours. */
function readScheme(field: string, plan: CarrierPlan): Extraction {
  const match = /^[ \t]*bearer(?:[ \t]|$)/i.exec(field)
  if (match !== null) return readBearer(trimSpaceAndTab(field.slice(match[0].length)), 'authorization', plan)
  // `Basic` on a staging site is not ours, but a joined bearer must not hide behind a foreign scheme.
  return /,[ \t]*bearer[ \t]/i.test(field)
    ? refused('credential_malformed', 'bearer', 'authorization')
    : { kind: 'none' }
}

/** Used if verifiers also accept other schemes, or a token without a scheme. */
function readAnyScheme(field: string, plan: CarrierPlan): Extraction {
  const { schemes } = plan
  const text = trimSpaceAndTab(field)
  const [, word = '', rest] = /^([^ \t,]*)(?:[ \t]+(.*))?$/s.exec(text) ?? []
  const scheme = word.toLowerCase()
  if (scheme === 'bearer') return readScheme(field, plan)
  if (scheme !== '' && schemes.has(scheme)) return readSchemed(rest ?? '', scheme, plan)
  if (text === '') return { kind: 'none' }
  // A scheme contains no dot, and something follows it.
  const isForeign = rest !== undefined && /^[^.]+$/.test(word)
  if (!isForeign && schemes.has(NO_SCHEME)) return readSchemed(text, NO_SCHEME, plan)
  return joinsCredential(text, schemes) ? refused('credential_malformed', 'scheme') : readScheme(field, plan)
}

/** Whether a credential that a verifier accepts follows a comma. */
function joinsCredential(field: string, schemes: CarrierPlan['schemes']): boolean {
  return field
    .split(',')
    .slice(1)
    .some((part) => {
      const [word = '', ...rest] = trimSpaceAndTab(part).split(/[ \t]+/)
      if (rest.length > 0) return word !== '' && schemes.has(word.toLowerCase())
      return schemes.has(NO_SCHEME) && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(word)
    })
}

function readSchemed(value: string, scheme: string, plan: CarrierPlan): Extraction {
  if (value.length > plan.maxCredentialBytes) return refused('credential_too_large', 'scheme', scheme)
  return { kind: 'explicit', credential: { carrier: 'scheme', name: scheme, value } }
}

/** Browsers cannot set WebSocket headers, but they can offer subprotocols. */
function readSubprotocol(fields: readonly string[], plan: CarrierPlan): Extraction {
  if (plan.subprotocol === null) return { kind: 'none' }
  const prefix = `${plan.subprotocol}.`
  const offered = fields.flatMap((field) => field.split(',')).map(trimSpaceAndTab)
  const bearers = offered.filter((protocol) => protocol.startsWith(prefix))
  if (bearers.length > 1) return refused('credential_malformed', 'bearer', 'sec-websocket-protocol')
  const [protocol] = bearers
  if (protocol === undefined) return { kind: 'none' }
  // A subprotocol cannot contain `/` or `=`, so a signed session token is sent percent-encoded.
  return readBearer(percentDecode(protocol.slice(prefix.length)), 'sec-websocket-protocol', plan)
}

function readBearer(value: string, name: string, plan: CarrierPlan): Extraction {
  if (!plan.bearer) return { kind: 'none' }
  if (value.length > plan.maxCredentialBytes) return refused('credential_too_large', 'bearer', name)
  const isEncoded = plan.percentEncodedBearer && value.includes('%') && PERCENT_ENCODED_SIGNED_BEARER.test(value)
  return { kind: 'explicit', credential: { carrier: 'bearer', name, value: isEncoded ? percentDecode(value) : value } }
}

/**
 * Whether it has the grammar of its carrier. A separate check, because a credential that is already known need not be
 * read again.
 */
export function isWellFormed({ carrier, value }: Credential): boolean {
  if (carrier === 'cookie') return true
  return (carrier === 'header' ? HEADER_KEY : B64TOKEN).test(value)
}

/** The cookies of a request, even beside an explicit credential; none if they would be refused. */
export function cookiesOf(view: HeaderView, plan: CarrierPlan): readonly (readonly Credential[])[] {
  const ambient = readAmbient(view.values('cookie'), plan)
  return ambient.kind === 'ambient' ? ambient.cookies : []
}

function readAmbient(fields: readonly string[], plan: CarrierPlan): Extraction {
  if (fields.length === 0 || plan.cookies.length === 0) return { kind: 'none' }
  const { beside } = plan
  const isBeside = (name: string): boolean => beside.includes(name) || isChunkOf(beside, name)
  const found = readCookies(fields, (name) => plan.cookies.includes(name) || (beside.length > 0 && isBeside(name)))
  if (found.size === 0) return { kind: 'none' }
  const cookies: Credential[][] = []
  for (const name of plan.cookies) {
    const isChunked = plan.chunked.includes(name)
    const values = isChunked ? assembleCookie(name, found) : (found.get(name) ?? [])
    if (values.length === 0) continue
    if (values.length > MAX_VALUES_PER_COOKIE) return refused('credential_malformed', 'cookie', name)
    if (values.some((value) => value.length > plan.maxCredentialBytes))
      return refused('credential_too_large', 'cookie', name)
    const chunks = isChunked ? countChunks(name, found) : 0
    const beside = { ...companionsOf(plan.companions.get(name), found), ...(chunks > 0 && { chunks }) }
    cookies.push(values.map((value) => ({ carrier: 'cookie', name, value, ...beside })))
  }
  return cookies.length === 0 ? { kind: 'none' } : { kind: 'ambient', cookies }
}

/** Only the cookies that this cookie's owner asked for, never those of other verifiers. */
function companionsOf(
  names: readonly string[] | undefined,
  found: ReadonlyMap<string, readonly string[]>,
): Pick<Credential, 'companions'> {
  if (names === undefined) return {}
  return { companions: new Map([...found].filter(([name]) => names.includes(name) || isChunkOf(names, name))) }
}

/** @param name The header or cookie at fault, if there is only one. */
function refused(code: ErrorCode, carrier: CarrierKind, name?: string): Extraction {
  return name === undefined ? { kind: 'refused', code, carrier } : { kind: 'refused', code, carrier, name }
}
