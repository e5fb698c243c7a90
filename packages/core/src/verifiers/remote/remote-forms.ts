import type { DualAuth } from '../../dual-auth.js'
import { NO_SCHEME } from '../../extract/credential.js'
import type { Carriage, Carrier, Carriers } from '../../route/carriers.js'
import type { JwtShape, PrefixShape, Shape } from '../../route/shape.js'
import type { RemoteForm } from './forms.js'

/** Minimum length for recognising a bearer without a prefix. */
const MIN_LENGTH = 16

/**
 * The credential forms of a service's instance, for `credentials` of `remote`: JSON without secrets, to import or to
 * print and paste. The forms use only carriers and prefixes, so they may be slightly wider than what the service owns.
 * The service refuses the rest.
 */
export function remoteForms({ shapes }: Pick<DualAuth, 'shapes'>): readonly RemoteForm[] {
  const forms = shapes.flatMap(formsOf)
  // Live and test keys in one header, or two clients of one issuer.
  return [...new Map(forms.map((form) => [JSON.stringify(form), form])).values()]
}

function formsOf(shape: Shape): readonly RemoteForm[] {
  switch (shape.kind) {
    case 'jwt':
      return [jwtForm(shape)]
    case 'pattern':
      return [{ sessionToken: shape.pattern === 'session-token' ? 'raw' : 'signed' }]
    case 'prefix':
      return prefixForms(shape)
    case 'cookie': {
      const { carriage, companions = [], chunked = false } = shape
      return carriage.cookies.map((cookie) => ({ cookie, companions, chunked }))
    }
  }
}

function jwtForm({ issuers, carriage, padded }: JwtShape): RemoteForm {
  return { jwtIssuer: issuers, ...carriersOf(carriage), ...(padded === true && { padded }) }
}

/** A key in its own header, and as a bearer. */
function prefixForms({ carriage, prefix, minLength, maxLength }: PrefixShape): readonly RemoteForm[] {
  const inHeaders = carriage.headers.map((header): RemoteForm => (prefix === '' ? { header } : { header, prefix }))
  const elsewhere = { ...carriage, headers: [] }
  if (namesOf(elsewhere).length === 0) return inHeaders
  const least = prefix === '' ? Math.max(MIN_LENGTH, minLength) : minLength
  const opaque = {
    ...(prefix !== '' && { prefix }),
    ...(least > 0 && { minLength: least }),
    ...(Number.isFinite(maxLength) && { maxLength }),
  }
  return [...inHeaders, { opaque, ...carriersOf(elsewhere) }]
}

/** Omitted if only bearers are meant, which is the default. */
function carriersOf(carriage: Carriage): { readonly carriers?: Carriers } {
  const names = namesOf(carriage)
  return names.length === 1 && names[0] === 'bearer' ? {} : { carriers: names }
}

function namesOf({ bearer, schemes = [], headers, cookies }: Carriage): readonly Carrier[] {
  return [
    ...(bearer ? (['bearer'] as const) : []),
    ...schemes.map((scheme) => (scheme === NO_SCHEME ? 'bare' : { scheme })),
    ...headers.map((header) => ({ header })),
    ...cookies.map((cookie) => ({ cookie })),
  ]
}
