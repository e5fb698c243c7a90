/** A field of an answer; null if it has none of this name, and joined where it has several. */
export type FieldOf = (name: string) => string | null

/** By which an answer tells one cache something else than `Cache-Control` says, and how it is told to keep nothing. */
interface CacheField {
  readonly name: string
  readonly nothing: string
  keepsOut(value: string): boolean
}

const ofDirectives = (name: string): CacheField => ({ name, nothing: 'private, no-store', keepsOut })

/** @see RFC 9213 */
const FIELDS: readonly CacheField[] = [
  ofDirectives('cache-control'),
  ofDirectives('cdn-cache-control'),
  ofDirectives('akamai-cache-control'),
  ofDirectives('cloudflare-cdn-cache-control'),
  ofDirectives('netlify-cdn-cache-control'),
  ofDirectives('vercel-cdn-cache-control'),
  ofDirectives('surrogate-control'),
  ofDirectives('x-litespeed-cache-control'),
  // Akamai. `!no-store` lets the cache keep what the origin calls `no-store`.
  { name: 'edge-control', nothing: 'no-store', keepsOut: (value) => /^\s*(?:no-store|bypass-cache)\s*$/i.test(value) },
  // nginx: seconds, or `@` and a time; it beats `Cache-Control`, also a private one.
  { name: 'x-accel-expires', nothing: '0', keepsOut: (value) => value.trim() === '0' },
]

/**
 * Whether caches that others share may keep this answer, with its cookies. One that says nothing of caches is not such an answer:
 * ours are `private, no-store` then.
 *
 * @see RFC 9111 section 3
 */
export function mayBeShared(field: FieldOf): boolean {
  return FIELDS.some((one) => isShared(one, field(one.name)))
}

/** The fields of an answer, as its handler left them, and as they can be changed. `Headers` are some. */
export interface AnswerFields {
  /** Null if it has none of this name, and joined where it has several. */
  get(name: string): string | null
  set(name: string, value: string): void
}

/** Takes from an answer, which brings a cookie of one caller, what lets a cache keep it that others share. */
export function keepPrivate(answer: AnswerFields): void {
  for (const one of FIELDS) if (isShared(one, answer.get(one.name))) answer.set(one.name, one.nothing)
}

function isShared(field: CacheField, value: string | null): boolean {
  return value !== null && value !== '' && !field.keepsOut(value)
}

/** `private="x"` keeps out one field only; beside `public` or `s-maxage`, caches differ in what they believe. */
function keepsOut(value: string): boolean {
  const unquoted = value.toLowerCase().replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  const directives = unquoted.split(',').map((directive) => directive.trim())
  if (directives.includes('no-store')) return true
  return directives.includes('private') && !directives.some((one) => one === 'public' || one.startsWith('s-maxage'))
}
