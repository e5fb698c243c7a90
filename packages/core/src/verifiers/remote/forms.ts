import * as z from 'zod/mini'
import { cookieName, headerKeyPrefix, object, texts, token } from '../../settings/schemas.js'
import { BEARER_ONLY, carriageOf, carriersOption, onlyIn, type Carriers } from '../../route/carriers.js'
import type { Shape } from '../../route/shape.js'
import { PUBLIC_KEY_ALGORITHMS } from '../../verify/jwt/algorithms.js'
import { opaqueForm, opaqueShape, type OpaqueForm } from '../../verify/opaque-form.js'

/** One kind of credential that a service verifies. */
export type RemoteForm =
  /**
   * JWTs of exactly this issuer, or of one of these; null: JWTs without an issuer. Bearers, unless `carriers` says
   * otherwise.
   */
  | {
      readonly jwtIssuer: string | null | readonly string[]
      readonly carriers?: Carriers
      /**
       * True: only JWTs with padded segments, as a load balancer writes them. Default false: only JWTs without padding.
       */
      readonly padded?: boolean
    }
  /** Session tokens of Better Auth as bearers, signed or raw. */
  | { readonly sessionToken: 'signed' | 'raw' }
  /** Opaque tokens, such as session tokens or API keys. Bearers, unless `carriers` says otherwise. */
  | { readonly opaque: OpaqueForm; readonly carriers?: Carriers }
  /** Credentials in this header, such as `x-api-key`, with this prefix. */
  | { readonly header: string; readonly prefix?: string }
  /**
   * Everything in cookies of this name. `companions` are sent, too. `chunked`, the default, joins numbered chunks,
   * which a service writes if a session is too large for one cookie.
   */
  | { readonly cookie: string; readonly companions?: readonly string[]; readonly chunked?: boolean }

const header = token('the name of a header other than authorization and cookie', {
  except: ['authorization', 'cookie'],
})
const jwtForm = object({
  jwtIssuer: z.union([texts, z.null()], 'an issuer, a list of issuers, or null for tokens that name none'),
  carriers: carriersOption,
  padded: z.exactOptional(z.boolean()),
})
const sessionTokens = object({ sessionToken: z.enum(['signed', 'raw']) })
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
  [jwtForm, sessionTokens, opaqueTokens, headerForm, cookieForm],
  '{ jwtIssuer }, { sessionToken }, { opaque }, { header } or { cookie }',
)

type ParsedForm =
  | { readonly jwtIssuer: string | readonly string[] | null; readonly carriers?: Carriers; readonly padded?: boolean }
  | { readonly sessionToken: 'signed' | 'raw' }
  | { readonly opaque: OpaqueForm; readonly carriers?: Carriers }
  | { readonly header: string; readonly prefix: string }
  | { readonly cookie: string; readonly companions: readonly string[]; readonly chunked: boolean }

/**
 * The shape of a form.
 * @throws {AuthError} `configuration_invalid`: members do not fit together; the message names them.
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
      ...(form.padded === true && { padded: true }),
    }
  if ('sessionToken' in form)
    return {
      kind: 'pattern',
      carriage: BEARER_ONLY,
      pattern: form.sessionToken === 'signed' ? 'signed-session-token' : 'session-token',
    }
  if ('opaque' in form) return opaqueShape(form.opaque, carriageOf(form.carriers), `${path}.opaque`)
  if ('header' in form) {
    const carriage = onlyIn({ headers: [form.header.toLowerCase()] })
    return { kind: 'prefix', carriage, prefix: form.prefix, minLength: 1, maxLength: Number.POSITIVE_INFINITY }
  }
  const { cookie, companions, chunked } = form
  return { kind: 'cookie', carriage: onlyIn({ cookies: [cookie] }), companions, chunked }
}
