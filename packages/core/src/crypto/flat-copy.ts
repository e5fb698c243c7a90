const encoder: TextEncoder = /* @__PURE__ */ new TextEncoder()
const decoder: TextDecoder = /* @__PURE__ */ new TextDecoder()

/** An independent copy of a string: a slice of a header would keep the whole header in memory. */
export function flatCopy(text: string): string {
  return decoder.decode(encoder.encode(text))
}
