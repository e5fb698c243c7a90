import * as z from 'zod/mini'
import { urlProblem } from './endpoint-url.js'

const MAX_CHARACTERS = 2048

/**
 * A page that answers point to: https, or http on loopback. It is written into headers, so it is visible ASCII without what
 * ends a link there.
 */
export const pageUrl: z.ZodMiniType<string> = z.custom<string>(
  (value) => typeof value === 'string' && isPageUrl(value),
  'an https URL of visible ASCII',
)

export function isPageUrl(value: string): boolean {
  return value.length <= MAX_CHARACTERS && /^[\x21\x23-\x3b\x3d\x3f-\x7e]+$/.test(value) && urlProblem(value) === null
}
