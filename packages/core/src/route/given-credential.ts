import type { ExplainInput } from '../dual-auth.js'
import { NO_SCHEME, type CarrierPlan, type Credential } from '../extract/credential.js'
import { extract } from '../extract/extract.js'
import { headerView } from '../http/request.js'
import { optionError } from '../settings/options.js'
import { withoutScheme } from './copied-credential.js'

/** The cookie name for a whole field that contains no cookie of a verifier. */
export const NO_COOKIE = ''

/**
 * A credential as support has it: alone, or as the header field that it was copied from.
 * @param caller For the message.
 * @throws {AuthError} `configuration_invalid`: it has another form, or the field contains several credentials.
 */
export function credentialOf(input: ExplainInput, plan: CarrierPlan, caller: 'explain' | 'diagnose'): Credential {
  if (typeof input === 'string') return { carrier: 'bearer', name: 'authorization', value: withoutScheme(input) }
  const { scheme, header, cookie, value } = (input ?? {}) as {
    readonly [member in 'scheme' | 'header' | 'cookie' | 'value']?: unknown
  }
  if (typeof value === 'string') {
    if (typeof scheme === 'string') return { carrier: 'scheme', name: scheme.toLowerCase(), value }
    if (typeof header === 'string') return fieldOf(header.toLowerCase(), value, plan, caller)
    if (typeof cookie === 'string') return { carrier: 'cookie', name: cookie, value }
  }
  throw optionError(caller, 'takes a bearer, { scheme, value }, { header, value } or { cookie, value }')
}

/** A whole field, as copied from a request log, is read like a field of a request. */
function fieldOf(name: string, value: string, plan: CarrierPlan, caller: string): Credential {
  const view = headerView({ method: 'GET', headers: { [name]: value } })
  // Size is checked later, together with the credential.
  const extraction = extract(view, { ...plan, maxCredentialBytes: Number.POSITIVE_INFINITY }, true)
  if (extraction.kind === 'explicit') return extraction.credential
  if (extraction.kind === 'none') return unreadField(name, value)
  const [only, ...others] = extraction.kind === 'ambient' ? extraction.cookies.flat() : []
  if (only !== undefined && others.length === 0) return only
  throw optionError(
    `${caller}.value`,
    'contains several credentials; pass one at a time, and a cookie as { cookie, value }',
  )
}

function unreadField(name: string, value: string): Credential {
  if (name === 'cookie') return { carrier: 'cookie', name: NO_COOKIE, value }
  if (name !== 'authorization') return { carrier: 'header', name, value }
  const [, scheme = NO_SCHEME, rest = value] = /^(\S+) +(.*)$/s.exec(value) ?? []
  const lower = scheme.toLowerCase()
  return lower === 'bearer' ? { carrier: 'bearer', name, value: rest } : { carrier: 'scheme', name: lower, value: rest }
}
