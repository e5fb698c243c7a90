import type { AuthError, PresentedIn } from '../errors/auth-error.js'
import { NO_SCHEME, type CarrierPlan } from '../extract/credential.js'

/** A refusal as sent; `status` may differ from its code's. */
export type Challenged = Pick<AuthError, 'status' | 'challenge' | 'required' | 'presentedIn'>

/**
 * The challenges of a refusal. A 401 names every carrier that is accepted: the schemes of `Authorization` by name, and
 * with `header` the header of an API key (`ApiKey`) or of a token without a scheme (`Token`). The error is on the
 * challenge of the presented carrier, or on the first one if that carrier has none, such as a cookie.
 *
 * @see RFC 9110 section 11.6.1, RFC 6750 section 3
 */
export function createChallenges(plan: CarrierPlan, realm: string): (error: Challenged) => readonly string[] {
  const doors = doorsOf(plan)
  return ({ challenge, required, status, presentedIn }) => {
    if (challenge === null) return []
    const presented = doors.find((door) => leadsThrough(door, presentedIn)) ?? doors[0]
    // A 403 or 400 names what was wrong with this request; only a 401 lists every way in.
    const offered = status === 401 ? doors : doors.filter((door) => door === presented)
    return offered.map((door) => {
      const { scheme, header } = door
      const attributes = [`realm="${realm}"`]
      if (header !== null) attributes.push(`header="${header}"`)
      if (challenge !== 'bare' && door === presented) attributes.push(`error="${challenge}"`)
      if (challenge === 'insufficient_scope' && required !== null) attributes.push(`scope="${required}"`)
      return `${scheme} ${attributes.join(', ')}`
    })
  }
}

interface Door {
  readonly scheme: string
  readonly header: string | null
}

function leadsThrough({ scheme, header }: Door, presentedIn: PresentedIn | null): boolean {
  if (presentedIn === null) return false
  const { carrier, name } = presentedIn
  if (carrier === 'header') return header === name
  if (carrier === 'bearer') return scheme === 'Bearer'
  if (carrier === 'cookie') return false
  return name === NO_SCHEME ? header === 'authorization' : header === null && scheme.toLowerCase() === name
}

function doorsOf({ bearer, schemes, tokenHeaders, apiKeyHeaders }: CarrierPlan): readonly Door[] {
  const named = [...schemes.values()].filter((scheme) => scheme !== NO_SCHEME)
  const bare = schemes.has(NO_SCHEME) ? ['authorization'] : []
  const doors = [
    ...[...(bearer ? ['Bearer'] : []), ...named].map((scheme) => ({ scheme, header: null })),
    ...[...bare, ...tokenHeaders].map((header) => ({ scheme: 'Token', header })),
    ...apiKeyHeaders.map((header) => ({ scheme: 'ApiKey', header })),
  ]
  return doors.length === 0 ? [{ scheme: 'Cookie', header: null }] : doors
}
