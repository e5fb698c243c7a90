import * as z from 'zod/mini'
import { isObject, object, texts } from '../../settings/schemas.js'
import { parseOptions } from '../../settings/options.js'
import { BEARER_ONLY, onlyIn } from '../../route/carriers.js'
import type { Shape } from '../../route/shape.js'
import { PUBLIC_KEY_ALGORITHMS } from '../../verify/jwt/algorithms.js'
import { opaqueShape, type OpaqueForm } from '../../verify/oauth/opaque-form.js'

/** One kind of credential that a service judges. */
export type RemoteForm =
  /** Bearers that are JWTs of exactly this issuer, or of one of these; null: that name none. */
  | { readonly jwtIssuer: string | null | readonly string[] }
  /** Opaque bearers, such as session tokens or API keys. */
  | { readonly opaque: OpaqueForm }
  /** What travels in this header, such as `x-api-key`, and begins so. */
  | { readonly header: string; readonly prefix?: string }
  /**
   * Everything in cookies of this name; `companions` are sent along. `chunked`, the default, puts numbered chunks together:
   * a service may write a session so that is too large for one cookie.
   */
  | { readonly cookie: string; readonly companions?: readonly string[]; readonly chunked?: boolean }

const field = z.string().check(z.regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/))
const header = z.string().check(z.regex(/^(?!(?:authorization|cookie)$)[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/i))
const jwtForm = object({
  jwtIssuer: z.union([texts, z.null()], 'an issuer, a list of issuers, or null for tokens that name none'),
})
const opaqueForm = object({ opaque: z.custom<unknown>() })
const headerForm = object({
  header,
  prefix: z.exactOptional(z.string().check(z.regex(/^[\x21-\x2b\x2d-\x7e]{1,64}$/))),
})
const cookieForm = object({
  cookie: field,
  companions: z.exactOptional(z.array(field)),
  chunked: z.exactOptional(z.boolean()),
})

/**
 * What a form owns; null for anything that is none.
 * @throws {AuthError} `configuration_invalid`: a wrong member of a form, by name.
 */
export function formShape(form: unknown, path: string): Shape | null {
  if (!isObject(form)) return null
  if ('jwtIssuer' in form) {
    const { jwtIssuer } = parseOptions(jwtForm, form, path)
    return {
      kind: 'jwt',
      carriage: BEARER_ONLY,
      algorithms: ['HS256', 'HS384', 'HS512', ...PUBLIC_KEY_ALGORITHMS],
      issuers: typeof jwtIssuer === 'string' ? [jwtIssuer] : jwtIssuer,
      audiences: null,
      keyIds: null,
    }
  }
  if ('opaque' in form) return opaqueShape(parseOptions(opaqueForm, form, path).opaque, BEARER_ONLY, `${path}.opaque`)
  if ('header' in form) {
    const { header: name, prefix = '' } = parseOptions(headerForm, form, path)
    const carriage = onlyIn({ headers: [name.toLowerCase()] })
    return { kind: 'prefix', carriage, prefix, minLength: 1, maxLength: Number.POSITIVE_INFINITY }
  }
  if (!('cookie' in form)) return null
  const { cookie, companions = [], chunked = true } = parseOptions(cookieForm, form, path)
  return { kind: 'cookie', carriage: onlyIn({ cookies: [cookie] }), companions, chunked }
}
