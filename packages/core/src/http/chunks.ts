const MAX_CHUNKS = 100
const MAX_TOTAL = 65_536

/**
 * Values of a cookie that may be split because of the browsers' 4096-byte limit. Whole values take precedence;
 * otherwise `name.0`, `name.1`, … are joined in numeric order. Empty if a chunk is missing or occurs twice.
 */
export function assembleCookie(name: string, cookies: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const whole = cookies.get(name)
  if (whole !== undefined) return whole
  let joined = ''
  for (let index = 0; index < MAX_CHUNKS; index++) {
    const values = cookies.get(`${name}.${index}`)
    if (values === undefined) break
    if (values.length > 1) return []
    joined += values[0] as string
    if (joined.length > MAX_TOTAL) return []
  }
  return joined === '' ? [] : [joined]
}

/**
 * Every possible value of a cookie whose values or chunks occur several times: whole ones, and also joined ones.
 *
 * @param most Maximum number of joined values; one more shows that there are too many.
 */
export function assembleEach(
  name: string,
  cookies: ReadonlyMap<string, readonly string[]>,
  most: number,
): { readonly whole: readonly string[]; readonly joined: readonly string[] } {
  let joined: readonly string[] = []
  for (let index = 0; index < MAX_CHUNKS; index++) {
    const values = cookies.get(`${name}.${index}`)
    if (values === undefined) break
    const before = index === 0 ? [''] : joined
    joined = continued(before, values, most + 1)
  }
  return { whole: cookies.get(name) ?? [], joined }
}

function continued(starts: readonly string[], values: readonly string[], most: number): readonly string[] {
  const joined: string[] = []
  for (const start of starts)
    for (const value of values) {
      if (joined.length === most) return joined
      if (start.length + value.length <= MAX_TOTAL) joined.push(start + value)
    }
  return joined
}

/** How many consecutive chunks of a cookie there are, starting with the first. */
export function countChunks(name: string, cookies: ReadonlyMap<string, readonly string[]>): number {
  let count = 0
  while (count < MAX_CHUNKS && cookies.has(`${name}.${count}`)) count++
  return count
}

/** Whether a cookie is one of `names`, or a chunk of one. */
export function isChunkOf(names: readonly string[], cookie: string): boolean {
  const dot = cookie.lastIndexOf('.')
  return dot > 0 && /^(?:0|[1-9]\d?)$/.test(cookie.slice(dot + 1)) && names.includes(cookie.slice(0, dot))
}
