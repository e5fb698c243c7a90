import * as z from 'zod/mini'
import { token } from '../settings/schemas.js'
import { optionError } from '../settings/options.js'
import type { Carriage } from '../route/carriers.js'

/** The schema of `header`. */
export const apiKeyHeader: z.ZodMiniDefault<z.ZodMiniType<string | false>> = z._default(
  z.union([z.literal(false), token('the name of a header')], 'the name of a header, or false'),
  'x-api-key',
)

/**
 * Where API keys travel: in their own header, `x-api-key` by default, and as a bearer.
 *
 * @throws {AuthError} `configuration_invalid`, naming the option.
 */
export function apiKeyCarriage(
  { header, bearer }: { readonly header: string | false; readonly bearer: boolean },
  owner: string,
): Carriage {
  const headers = header === false ? [] : [header.toLowerCase()]
  if (!bearer && headers.length === 0)
    throw optionError(`${owner}.header`, 'leaves no carrier; allow the header or the bearer')
  if (headers.some((name) => ['authorization', 'cookie'].includes(name)))
    throw optionError(`${owner}.header`, 'must not be authorization or cookie')
  return { bearer, headers, cookies: [] }
}
