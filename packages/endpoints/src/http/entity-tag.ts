/** A weak entity tag of a body: middleware may compress it. @see RFC 9110 section 8.8.3 */
export async function entityTag(body: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))
  const hex = [...new Uint8Array(digest, 0, 12)].map((byte) => byte.toString(16).padStart(2, '0'))
  return `W/"${hex.join('')}"`
}

/** Whether the client has it already. Compared weakly. @see RFC 9110 section 13.1.2 */
export function isUnchanged({ headers }: Request, etag: string): boolean {
  const sent = headers.get('if-none-match')
  if (sent === null) return false
  const opaque = etag.replace(/^W\//, '')
  return sent.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === opaque)
}
