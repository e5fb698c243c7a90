/** A value as Better Auth signs it, before it is percent-encoded: HMAC-SHA-256 in base64. */
export async function signed(value: string, secret: string): Promise<string> {
  const text = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', text.encode(secret), algorithm, false, ['sign'])
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, text.encode(value)))
  return `${value}.${btoa(String.fromCharCode(...signature))}`
}
