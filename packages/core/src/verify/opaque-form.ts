import * as z from 'zod/mini'
import { bearerPrefix, between, object } from '../settings/schemas.js'
import { optionError } from '../settings/options.js'
import type { Carriage } from '../route/carriers.js'
import type { PrefixShape } from '../route/shape.js'

/**
 * How opaque tokens are recognised: by their prefix or by their length. Without a prefix, they contain only letters,
 * digits, `-` and `_`, so that a JWT is never mistaken for one.
 */
export interface OpaqueForm {
  /** Such as `oat_`. */
  readonly prefix?: string
  /** In characters, including the prefix. Required without a prefix. */
  readonly minLength?: number
  /** In characters, including the prefix. Default: limited only by `maxCredentialBytes`. */
  readonly maxLength?: number
}

const length = z.exactOptional(between(1, 15_360))
/** The schema of an `OpaqueForm`; `opaqueShape` checks how its members fit together. */
export const opaqueForm: z.ZodMiniType<OpaqueForm> = object({
  prefix: z.exactOptional(bearerPrefix),
  minLength: length,
  maxLength: length,
})

/**
 * @param dotted Whether they consist of two parts with a dot between them.
 * @throws {AuthError} `configuration_invalid`, naming the option.
 */
export function opaqueShape(
  { prefix, minLength, maxLength }: OpaqueForm,
  carriage: Carriage,
  path: string,
  dotted = false,
): PrefixShape {
  if (prefix === undefined && (minLength === undefined || minLength < 16))
    throw optionError(`${path}.minLength`, 'must be at least 16 without a prefix')
  if (prefix?.startsWith('ey') === true) throw optionError(`${path}.prefix`, 'is how JWTs begin')
  const least = minLength ?? 0
  const most = maxLength ?? Number.POSITIVE_INFINITY
  if (most < least) throw optionError(`${path}.maxLength`, 'is less than minLength')
  const shape = {
    kind: 'prefix',
    token: true,
    carriage,
    prefix: prefix ?? '',
    minLength: least,
    maxLength: most,
  } as const
  if (prefix !== undefined) return shape
  return dotted ? { ...shape, opaque: true, dotted } : { ...shape, opaque: true }
}
