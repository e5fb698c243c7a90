import type { PolicyDocument } from './policy-document.js'

/** Header fields that announce the end of the old side, ready to be written. */
export type Signals = readonly (readonly [name: string, value: string])[]

export const NO_SIGNALS: Signals = /* @__PURE__ */ Object.freeze([])

/**
 * The extra headers of an answer to the old side: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and a `Link` (RFC
 * 8288) to the page that explains it. Null: there is nothing to announce. Computed once for each policy.
 */
export function wordSignals({ announcement = {}, cutOff = {} }: PolicyDocument): Signals | null {
  const { deprecation, documentation } = announcement
  const sunset = sunsetOf({ announcement, cutOff })
  const fields: [string, string][] = []
  if (deprecation !== undefined) fields.push(['Deprecation', `@${Math.floor(Date.parse(deprecation) / 1000)}`])
  if (sunset !== undefined) fields.push(['Sunset', new Date(sunset).toUTCString()])
  if (documentation !== undefined) {
    if (deprecation !== undefined) fields.push(['Link', pageLink(documentation, 'deprecation')])
    if (sunset !== undefined) fields.push(['Link', pageLink(documentation, 'sunset')])
  }
  return fields.length === 0 ? null : fields
}

/**
 * A `Link` (RFC 8288) to a page that explains it.
 *
 * @param page Already checked: contains nothing that ends the link.
 */
export function pageLink(page: string, relation: 'deprecation' | 'sunset'): string {
  return `<${page}>; rel="${relation}"; type="text/html"`
}

/** When the old side is expected to end, according to the policy; undefined if it does not say. */
export function sunsetOf({
  announcement,
  cutOff,
}: Pick<PolicyDocument, 'announcement' | 'cutOff'>): string | undefined {
  return announcement?.sunset ?? cutOff?.acceptUntil
}
