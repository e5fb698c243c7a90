import type { Credential } from '../extract/credential.js'
import { own } from './jwt.js'
import { audiencesOf, matches, type JwtShape, type Presented, type Shape } from './shape.js'
import type { Router } from './router.js'
import type { Verifier } from './verifier.js'

/** Who would own a credential, and why; nothing of the credential itself. */
export interface Explanation {
  readonly outcome: 'owned' | 'ambiguous' | 'unsupported'
  /** Owners, first the one that is asked first; several in a declared chain, or where it is ambiguous. */
  readonly verifiers: readonly string[]
  readonly considered: readonly {
    readonly verifier: string
    readonly owns: boolean
    /** In words, for support. */
    readonly because: string
  }[]
}

/** A credential by itself, as support holds it. */
export function credentialOf(
  input:
    string | { readonly header: string; readonly value: string } | { readonly cookie: string; readonly value: string },
): Credential {
  if (typeof input === 'string') return { carrier: 'bearer', name: 'authorization', value: input }
  return 'header' in input
    ? { carrier: 'header', name: input.header.toLowerCase(), value: input.value }
    : { carrier: 'cookie', name: input.cookie, value: input.value }
}

/** Looks at shape only; nothing is verified and nobody is asked. */
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
    const because =
      fitting === undefined
        ? [...new Set(shapes.map((shape) => mismatch(shape, credential)))].join('; ')
        : describe(fitting)
    return { verifier: name, owns: fitting !== undefined, because }
  })
  return { outcome: selection.kind, verifiers: owners, considered }
}

function describe(shape: Shape): string {
  switch (shape.kind) {
    case 'cookie':
      return 'owns every cookie of this name'
    case 'prefix':
      return shape.prefix === '' ? 'owns opaque values of its length' : `owns what begins with "${shape.prefix}"`
    case 'pattern':
      return `owns what looks like a ${shape.pattern}`
    case 'jwt':
      return shape.issuers === null ? 'owns JWTs that name no issuer' : 'owns JWTs of its issuers'
  }
}

function mismatch(shape: Shape, credential: Presented): string {
  const { bearer, headers, cookies } = shape.carriage
  const { carrier, name } = credential
  if (carrier === 'bearer' ? !bearer : !(carrier === 'header' ? headers : cookies).includes(name))
    return `does not look at ${carrier === 'bearer' ? 'bearers' : `the ${carrier} "${name}"`}`
  if (shape.kind === 'prefix' && shape.prefix === '') return 'takes only opaque values of its length'
  if (shape.kind === 'prefix') return `takes only what begins with "${shape.prefix}" and has its length`
  if (shape.kind === 'pattern') return `takes only what looks like a ${shape.pattern}`
  return shape.kind === 'jwt' ? jwtMismatch(shape, credential) : 'does not own it'
}

function jwtMismatch(shape: JwtShape, credential: Presented): string {
  const jwt = credential.jwt()
  if (jwt === null) return 'takes only JWTs, and this is none by a strict reading'
  if (!shape.algorithms.includes(jwt.header.alg)) return `takes only the algorithms ${shape.algorithms.join(', ')}`
  const issuer = own(jwt.claims, 'iss')
  if (shape.issuers === null) {
    if (issuer !== undefined) return 'takes only JWTs that name no issuer (`iss`)'
  } else if (typeof issuer !== 'string' || !shape.issuers.includes(issuer)) {
    return 'takes only JWTs of its own issuers (`iss`)'
  }
  if (shape.audiences !== null && !audiencesOf(jwt).some((audience) => shape.audiences?.includes(audience)))
    return 'takes only JWTs for its own audiences (`aud`)'
  return 'takes only JWTs of its own keys (`kid`)'
}
