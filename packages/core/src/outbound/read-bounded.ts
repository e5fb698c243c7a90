/** A `Request` or a `Response`. */
type Message = Pick<Response, 'headers' | 'body'>

/** Reads a body of at most `maxBytes`; throws if it is larger or missing. */
export async function readBounded(message: Message, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = message.body === null ? null : await readAtMost(message, maxBytes)
  if (bytes === null) throw new Error(`answer: empty or larger than ${maxBytes} bytes`)
  return bytes
}

/**
 * Reads a body of at most `maxBytes`; empty if there is none.
 *
 * @returns Null if it is larger, by its stated or actual length; the rest is not read.
 */
export async function readAtMost(
  { headers, body }: Message,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  // Not awaited: for a cloned request, it settles only when the other half is also cancelled.
  const tooLarge = (): null => {
    reader.cancel().catch(() => {})
    return null
  }
  if (Number(headers.get('content-length') ?? 0) > maxBytes) return tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > maxBytes) return tooLarge()
    chunks.push(part.value)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
