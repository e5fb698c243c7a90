import * as z from 'zod/mini'
import { urlProblem } from './endpoint-url.js'

const MAX_CHARACTERS = 2048

/** Visible ASCII without `"`, `<` and `>`, which end a link in a header, and `\`, which browsers read as a slash. */
const SPELLED = /^https?:\/\/(?!\/)[\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e]*$/i

/** The form of a page URL, for messages. */
export const PAGE_URL = 'an https URL (http on loopback) of visible ASCII'

/** A page that answers point to: an absolute URL, https, or http on loopback, without a user name. */
export const pageUrl: z.ZodMiniType<string> = z.custom<string>(
  (value) => typeof value === 'string' && isPageUrl(value),
  PAGE_URL,
)

/** Whether answers may point there; the same check for policies, endpoints and other services' answers. */
export function isPageUrl(value: string): boolean {
  return value.length <= MAX_CHARACTERS && SPELLED.test(value) && urlProblem(value) === null
}
