/** A field of an answer; null where it has none of this name, and joined where it has several. */
export type FieldOf = (name: string) => string | null

/** What tells a cache of a delivery network something else than `Cache-Control` does. @see RFC 9213 */
const FIELDS = [
  'cache-control',
  'cdn-cache-control',
  'cloudflare-cdn-cache-control',
  'netlify-cdn-cache-control',
  'vercel-cdn-cache-control',
  'surrogate-control',
] as const

/**
 * Whether caches that others share may keep this answer, with its cookies. One that says nothing of caches is not such an answer:
 * ours are `private, no-store` then.
 *
 * @see RFC 9111 section 3
 */
export function mayBeShared(field: FieldOf): boolean {
  return FIELDS.some((name) => {
    const value = field(name)
    return value !== null && value !== '' && !keepsOut(value)
  })
}

/** The fields of an answer, as its handler left them, and as they can be changed. `Headers` are some. */
export interface AnswerFields {
  /** Null where it has none of this name, and joined where it has several. */
  get(name: string): string | null
  set(name: string, value: string): void
}

/** Takes from an answer, which brings a cookie of one caller, what lets a cache keep it that others share. */
export function keepPrivate(answer: AnswerFields): void {
  for (const name of FIELDS) {
    const value = answer.get(name)
    if (value !== null && value !== '' && !keepsOut(value)) answer.set(name, 'private, no-store')
  }
}

/** `private="x"` keeps out one field only; beside `public` or `s-maxage`, caches differ in what they believe. */
function keepsOut(value: string): boolean {
  const unquoted = value.toLowerCase().replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  const directives = unquoted.split(',').map((directive) => directive.trim())
  if (directives.includes('no-store')) return true
  return directives.includes('private') && !directives.some((one) => one === 'public' || one.startsWith('s-maxage'))
}
