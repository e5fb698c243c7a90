const encoder: TextEncoder = /* @__PURE__ */ new TextEncoder()
const decoder: TextDecoder = /* @__PURE__ */ new TextDecoder()

/** A string of its own: a slice of a header keeps the whole header alive, for as long as it is kept itself. */
export function flatCopy(text: string): string {
  return decoder.decode(encoder.encode(text))
}
