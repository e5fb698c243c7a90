import { NO_SCHEME, type Credential } from '../extract/credential.js'
import { carries } from './carriers.js'
import { NO_COOKIE } from './given-credential.js'
import { ANY_ISSUER, namesIssuer } from './issuers.js'
import { own } from '../settings/own.js'
import {
  audiencesOf,
  matches,
  readingOf,
  type JwtShape,
  type PatternShape,
  type PrefixShape,
  type Presented,
  type Shape,
} from './shape.js'
import type { Router } from './router.js'
import type { Verifier } from './verifier.js'

/** Which verifier would own a credential, and why. Contains nothing of the credential itself. */
export interface Explanation {
  readonly outcome: 'owned' | 'ambiguous' | 'unsupported'
  /** The owners, in the order in which they are asked. Several for a declared chain, or if it is ambiguous. */
  readonly verifiers: readonly string[]
  readonly considered: readonly {
    readonly verifier: string
    readonly owns: boolean
    /** In words, for support. */
    readonly because: string
  }[]
}

const TOKENS: Readonly<Record<PatternShape['pattern'], string>> = {
  'session-token': 'session tokens of Better Auth, raw',
  'signed-session-token': 'session tokens of Better Auth, signed',
  'jwe-cbc': 'encrypted JWTs of A256CBC-HS512',
  'jwe-gcm': 'encrypted JWTs of A256GCM',
}

/** Looks at the shape only. Nothing is verified and no system is asked. */
export function explain(credential: Presented, verifiers: readonly Verifier[], router: Router): Explanation {
  const selection = router.select(credential)
  const owners =
    selection.kind === 'owned'
      ? selection.owners.map((index) => (verifiers[index] as Verifier).name)
      : selection.kind === 'ambiguous'
        ? selection.verifiers
        : []
  const considered = verifiers.map(({ name, shapes }) => {
    const fitting = shapes.find((shape) => matches(shape, credential))
    const because = fitting === undefined ? mismatchOf(shapes, credential) : describe(fitting)
    return { verifier: name, owns: fitting !== undefined, because }
  })
  return { outcome: selection.kind, verifiers: owners, considered }
}

function describe(shape: Shape): string {
  switch (shape.kind) {
    case 'cookie':
      return 'owns every cookie of this name'
    case 'prefix':
      return shape.prefix === ''
        ? `owns opaque values${lengthOf(shape)}`
        : `owns values that begin with "${shape.prefix}"`
    case 'pattern':
      return `owns ${TOKENS[shape.pattern]}`
    case 'jwt':
      return shape.issuers === null ? 'owns JWTs that name no issuer' : 'owns JWTs of its issuers'
  }
}

/** What a credential lacks. Only shapes with this carrier are considered. */
function mismatchOf(shapes: readonly Shape[], credential: Presented): string {
  const { carrier, name } = credential
  const looking = shapes.filter(({ carriage }) => carries(carriage, carrier, name))
  if (looking.length === 0) return `does not look at ${placeOf(credential)}${otherSchemes(shapes, credential)}`
  return [...new Set(looking.map((shape) => mismatch(shape, credential)))].join('; ')
}

/** For a credential in `Authorization`: with which schemes it would be considered. */
function otherSchemes(shapes: readonly Shape[], { carrier }: Credential): string {
  if (carrier !== 'bearer' && carrier !== 'scheme') return ''
  const places = schemesOf(shapes).map((name) => placeOf({ carrier: 'scheme', name, value: '' }))
  return places.length === 0 ? '' : `, but at ${places.join(' and ')}`
}

/** Schemes of `Authorization` other than `Bearer`, as written. */
export function schemesOf(shapes: readonly Shape[]): readonly string[] {
  return [...new Set(shapes.flatMap(({ carriage }) => carriage.schemes ?? []))]
}

/** Where a credential travelled, in words. */
export function placeOf({ carrier, name }: Credential): string {
  if (carrier === 'bearer') return 'the bearer'
  if (carrier === 'cookie' && name === NO_COOKIE) return 'any cookie in this field'
  return carrier === 'scheme' && name === NO_SCHEME ? 'a token without a scheme' : `the ${carrier} "${name}"`
}

function mismatch(shape: Shape, credential: Presented): string {
  if (shape.kind === 'prefix' && shape.prefix === '') return `takes only opaque values${lengthOf(shape)}`
  if (shape.kind === 'prefix') return `takes only values that begin with "${shape.prefix}"${lengthOf(shape)}`
  if (shape.kind === 'pattern') return `takes only ${TOKENS[shape.pattern]}`
  return shape.kind === 'jwt' ? jwtMismatch(shape, credential) : 'does not own it'
}

function lengthOf({ minLength, maxLength }: PrefixShape): string {
  if (minLength === maxLength) return `, ${minLength} characters long`
  return maxLength === Number.POSITIVE_INFINITY
    ? `, at least ${minLength} characters long`
    : `, ${minLength} to ${maxLength} characters long`
}

function jwtMismatch(shape: JwtShape, credential: Presented): string {
  const jwt = readingOf(shape, credential)
  if (jwt === null)
    return shape.padded === true
      ? 'takes only JWTs padded with `=`, and by a strict reading this is not one'
      : 'takes only JWTs, and by a strict reading this is not one'
  if (!shape.algorithms.includes(jwt.header.alg))
    return `takes only the algorithm${shape.algorithms.length === 1 ? '' : 's'} ${shape.algorithms.join(', ')}`
  const issuer = own(jwt.claims, 'iss')
  if (shape.issuers === null) {
    if (issuer !== undefined) return 'takes only JWTs that name no issuer (`iss`)'
  } else if (!namesIssuer(shape.issuers, issuer)) {
    return shape.issuers.includes(ANY_ISSUER)
      ? 'takes only JWTs that name an issuer (`iss`)'
      : `takes only JWTs of ${shape.issuers.join(', ')} (\`iss\`)`
  }
  if (shape.audiences !== null && !audiencesOf(jwt).some((audience) => shape.audiences?.includes(audience)))
    return 'takes only JWTs for its own audiences (`aud`)'
  return 'takes only JWTs of its own keys (`kid`)'
}
