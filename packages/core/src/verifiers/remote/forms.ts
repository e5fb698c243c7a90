import * as z from 'zod/mini'
import { cookieName, headerKeyPrefix, object, texts, token } from '../../settings/schemas.js'
import { carriageOf, carriersOption, onlyIn, type Carriers } from '../../route/carriers.js'
import type { Shape } from '../../route/shape.js'
import { PUBLIC_KEY_ALGORITHMS } from '../../verify/jwt/algorithms.js'
import { opaqueForm, opaqueShape, type OpaqueForm } from '../../verify/oauth/opaque-form.js'

/** One kind of credential that a service judges. */
export type RemoteForm =
  /** JWTs of exactly this issuer, or of one of these; null: that name none. Bearers, unless `carriers` says otherwise. */
  | { readonly jwtIssuer: string | null | readonly string[]; readonly carriers?: Carriers }
  /** Opaque tokens, such as session tokens or API keys. Bearers, unless `carriers` says otherwise. */
  | { readonly opaque: OpaqueForm; readonly carriers?: Carriers }
  /** What travels in this header, such as `x-api-key`, and begins so. */
  | { readonly header: string; readonly prefix?: string }
  /**
   * Everything in cookies of this name; `companions` are sent along. `chunked`, the default, puts numbered chunks together:
   * a service may write a session so that is too large for one cookie.
   */
  | { readonly cookie: string; readonly companions?: readonly string[]; readonly chunked?: boolean }

const header = token('the name of a header other than authorization and cookie', {
  except: ['authorization', 'cookie'],
})
const jwtForm = object({
  jwtIssuer: z.union([texts, z.null()], 'an issuer, a list of issuers, or null for tokens that name none'),
  carriers: carriersOption,
})
const opaqueTokens = object({ opaque: opaqueForm, carriers: carriersOption })
const headerForm = object({
  header,
  prefix: z._default(headerKeyPrefix(1), ''),
})
const cookieForm = object({
  cookie: cookieName,
  companions: z._default(z.array(cookieName), []),
  chunked: z._default(z.boolean(), true),
})

/** The schema of one `RemoteForm`. */
export const remoteForm: z.ZodMiniType<ParsedForm> = z.union(
  [jwtForm, opaqueTokens, headerForm, cookieForm],
  '{ jwtIssuer }, { opaque }, { header } or { cookie }',
)

type ParsedForm =
  | { readonly jwtIssuer: string | readonly string[] | null; readonly carriers?: Carriers }
  | { readonly opaque: OpaqueForm; readonly carriers?: Carriers }
  | { readonly header: string; readonly prefix: string }
  | { readonly cookie: string; readonly companions: readonly string[]; readonly chunked: boolean }

/**
 * What a form owns.
 * @throws {AuthError} `configuration_invalid`: members that do not fit together, by name.
 */
export function formShape(form: ParsedForm, path: string): Shape {
  if ('jwtIssuer' in form)
    return {
      kind: 'jwt',
      carriage: carriageOf(form.carriers),
      algorithms: ['HS256', 'HS384', 'HS512', ...PUBLIC_KEY_ALGORITHMS],
      issuers: typeof form.jwtIssuer === 'string' ? [form.jwtIssuer] : form.jwtIssuer,
      audiences: null,
      keyIds: null,
    }
  if ('opaque' in form) return opaqueShape(form.opaque, carriageOf(form.carriers), `${path}.opaque`)
  if ('header' in form) {
    const carriage = onlyIn({ headers: [form.header.toLowerCase()] })
    return { kind: 'prefix', carriage, prefix: form.prefix, minLength: 1, maxLength: Number.POSITIVE_INFINITY }
  }
  const { cookie, companions, chunked } = form
  return { kind: 'cookie', carriage: onlyIn({ cookies: [cookie] }), companions, chunked }
}
