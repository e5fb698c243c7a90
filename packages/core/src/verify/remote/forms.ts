import * as z from 'zod/mini'
import { flag, matching, text } from '../../errors/leaves.js'
import { list, object, optional, unjudged } from '../../errors/schema.js'
import type { Carriage, Shape } from '../../route/shape.js'
import { PUBLIC_KEY_ALGORITHMS } from '../algorithms.js'
import { opaqueShape, type OpaqueForm } from '../opaque-form.js'

/** One kind of credential that a service judges. */
export type RemoteForm =
  /** Bearers that are JWTs of exactly this issuer; null: that name none. */
  | { readonly jwtIssuer: string | null }
  /** Opaque bearers, such as session tokens or API keys. */
  | { readonly opaque: OpaqueForm }
  /** What travels in this header, such as `x-api-key`, and begins so. */
  | { readonly header: string; readonly prefix?: string }
  /** Everything in cookies of this name; `companions` are sent along, `chunked` ones put together. */
  | { readonly cookie: string; readonly companions?: readonly string[]; readonly chunked?: boolean }

const NOWHERE: Carriage = { bearer: false, headers: [], cookies: [] }
const field = matching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/)
const header = matching(/^(?!(?:authorization|cookie)$)[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/i)
const schema = z.union([
  object({ jwtIssuer: z.nullable(text) }),
  object({ opaque: unjudged() }),
  object({ header, prefix: optional(matching(/^[\x21-\x2b\x2d-\x7e]{1,64}$/)) }),
  object({ cookie: field, companions: optional(list(field)), chunked: optional(flag) }),
])

/** What a form owns; null for anything that is none. */
export function formShape(form: unknown, path: string): Shape | null {
  const parsed = z.safeParse(schema, form)
  if (!parsed.success) return null
  const { data } = parsed
  if ('jwtIssuer' in data) {
    const issuers = data.jwtIssuer === null ? null : [data.jwtIssuer]
    const carriage = { ...NOWHERE, bearer: true }
    return {
      kind: 'jwt',
      carriage,
      algorithms: ['HS256', 'HS384', 'HS512', ...PUBLIC_KEY_ALGORITHMS],
      issuers,
      audiences: null,
      keyIds: null,
    }
  }
  if ('opaque' in data) return opaqueShape(data.opaque, { ...NOWHERE, bearer: true }, `${path}.opaque`)
  if ('header' in data) {
    const carriage = { ...NOWHERE, headers: [data.header.toLowerCase()] }
    return { kind: 'prefix', carriage, prefix: data.prefix ?? '', minLength: 1, maxLength: Number.POSITIVE_INFINITY }
  }
  const { cookie, companions = [], chunked = false } = data
  return { kind: 'cookie', carriage: { ...NOWHERE, cookies: [cookie] }, companions, chunked }
}
