import { optionError } from '../settings/options.js'
import type { CarrierPlan } from '../extract/credential.js'
import { matches, overlap, type Presented, type Shape } from './shape.js'
import type { Verifier } from './verifier.js'

export type Selection =
  /** One owner, or a declared chain in which the first owner that knows the credential decides. */
  | { readonly kind: 'owned'; readonly owners: readonly number[] }
  | { readonly kind: 'ambiguous'; readonly verifiers: readonly string[] }
  | { readonly kind: 'unsupported' }

export interface Router {
  /** Which verifier owns it? Looks at the shape only. A rejected credential is never offered to another verifier. */
  select(credential: Presented): Selection
}

/**
 * Routes by shape, not by trial. Two verifiers that could own the same credential are an error here, unless
 * `precedence` ranks both.
 */
export function createRouter(verifiers: readonly Verifier[], precedence: readonly string[]): Router {
  assertNames(verifiers, precedence)
  verifiers.forEach((a, i) => {
    for (const b of verifiers.slice(i + 1)) if (!ranked(a, b, precedence)) assertDistinct(a, b)
  })
  const order = verifiers.map((_, index) => index).sort((a, b) => rank(a) - rank(b))
  function rank(index: number): number {
    const place = precedence.indexOf((verifiers[index] as Verifier).name)
    return place === -1 ? precedence.length : place
  }
  return {
    select(credential) {
      const owners = order.filter((index) => isOwn(verifiers[index] as Verifier, credential))
      const first = owners[0]
      if (first === undefined) return { kind: 'unsupported' }
      if (owners.length === 1) return { kind: 'owned', owners }
      const rest = owners.slice(1)
      const winner = verifiers[first] as Verifier
      const others = rest.map((index) => verifiers[index] as Verifier)
      if (others.some((other) => !ranked(winner, other, precedence))) {
        return { kind: 'ambiguous', verifiers: [winner, ...others].map(({ name }) => name) }
      }
      const chain =
        winner.chained === true ? rest.filter((index) => (verifiers[index] as Verifier).chained === true) : []
      return { kind: 'owned', owners: [first, ...chain] }
    },
  }
}

function isOwn({ shapes }: Verifier, credential: Presented): boolean {
  for (const shape of shapes) if (matches(shape, credential)) return true
  return false
}

function ranked(a: Verifier, b: Verifier, precedence: readonly string[]): boolean {
  return precedence.includes(a.name) && precedence.includes(b.name)
}

function assertNames(verifiers: readonly Verifier[], precedence: readonly string[]): void {
  verifiers.forEach(({ name }, index) => {
    if (verifiers.findIndex((other) => other.name === name) !== index) {
      throw optionError(`createDualAuth.verifiers[${index}].name`, `"${name}" is used twice`)
    }
  })
  precedence.forEach((name, index) => {
    if (!verifiers.some((verifier) => verifier.name === name))
      throw optionError(`createDualAuth.precedence[${index}]`, 'is not the name of a verifier')
  })
}

function assertDistinct(a: Verifier, b: Verifier): void {
  if (a.shapes.some((shape) => b.shapes.some((other) => overlap(shape, other)))) {
    throw optionError(
      'createDualAuth.verifiers',
      `"${a.name}" and "${b.name}" claim the same credential; tell them apart (issuer, audience, algorithm, prefix, cookie name) or rank both in \`precedence\``,
    )
  }
}

/**
 * Whether a credential that a verifier does not know may belong to another verifier of its declared chain: a later one,
 * or an earlier one that a migration's policy leaves out.
 */
export function hasSuccessor(
  { name, chained }: Verifier,
  verifiers: readonly Verifier[],
  precedence: readonly string[],
  isSteered: (name: string) => boolean = () => false,
): boolean {
  const rank = precedence.indexOf(name)
  if (chained !== true || rank === -1) return false
  return verifiers.some((other) => {
    const place = precedence.indexOf(other.name)
    return other.chained === true && (place > rank || (place !== -1 && place < rank && isSteered(other.name)))
  })
}

/** Everything that the verifiers read, newest side first. `verifiers` are listed from old to new. */
export function carrierPlan(
  verifiers: readonly Verifier[],
  maxCredentialBytes: number,
  subprotocol: string | null,
): CarrierPlan {
  const shapes = verifiers.flatMap((verifier) => verifier.shapes).reverse()
  const carriages = shapes.map(({ carriage }) => carriage)
  const ofTokens = shapes.filter((shape) => shape.kind === 'jwt' || (shape.kind === 'prefix' && shape.token === true))
  const ofCookies = shapes.filter((shape) => shape.kind === 'cookie')
  const chunked = ofCookies.flatMap((shape) => (shape.chunked === true ? shape.carriage.cookies : []))
  return {
    bearer: carriages.some(({ bearer }) => bearer),
    percentEncodedBearer: verifiers.some(({ percentEncodedBearer }) => percentEncodedBearer === true),
    schemes: new Map(carriages.flatMap(({ schemes = [] }) => schemes.map((scheme) => [scheme.toLowerCase(), scheme]))),
    headers: headersOf(shapes),
    apiKeyHeaders: headersOf(shapes.filter((shape) => !ofTokens.includes(shape))),
    tokenHeaders: headersOf(ofTokens),
    cookies: [...new Set(carriages.flatMap(({ cookies }) => cookies))],
    companions: new Map(
      ofCookies.flatMap(({ carriage, companions = [] }) =>
        companions.length === 0
          ? []
          : carriage.cookies.map((cookie): [string, readonly string[]] => [cookie, companions]),
      ),
    ),
    beside: [...new Set([...ofCookies.flatMap(({ companions = [] }) => companions), ...chunked])],
    chunked,
    maxCredentialBytes,
    subprotocol,
  }
}

function headersOf(shapes: readonly Shape[]): readonly string[] {
  return [...new Set(shapes.flatMap(({ carriage }) => carriage.headers))]
}
