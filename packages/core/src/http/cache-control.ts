/** Reads a field of an answer; null if there is none; several of one name are joined. */
export type FieldOf = (name: string) => string | null

/** A field that overrides `Cache-Control` for one kind of cache, and its value for storing nothing. */
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
  // Akamai. `!no-store` allows caching of answers that the origin marks `no-store`.
  { name: 'edge-control', nothing: 'no-store', keepsOut: (value) => /^\s*(?:no-store|bypass-cache)\s*$/i.test(value) },
  // nginx: seconds, or `@` and a time. It overrides `Cache-Control`, even `private`.
  { name: 'x-accel-expires', nothing: '0', keepsOut: (value) => value.trim() === '0' },
]

/**
 * Whether shared caches may store this answer, with its cookies. False for an answer without cache fields: it gets
 * `private, no-store`.
 *
 * @see RFC 9111 section 3
 */
export function mayBeShared(field: FieldOf): boolean {
  return FIELDS.some((one) => isShared(one, field(one.name)))
}

/** The fields of an answer as its handler left them; they can be changed. `Headers` fits. */
export interface AnswerFields {
  /** Null if there is none; several of one name are joined. */
  get(name: string): string | null
  set(name: string, value: string): void
}

/** Changes an answer that sets one caller's cookie so that no shared cache stores it. */
export function keepPrivate(answer: AnswerFields): void {
  for (const one of FIELDS) if (isShared(one, answer.get(one.name))) answer.set(one.name, one.nothing)
}

function isShared(field: CacheField, value: string | null): boolean {
  return value !== null && value !== '' && !field.keepsOut(value)
}

/** `private="x"` excludes only one field; if combined with `public` or `s-maxage`, caches disagree. */
function keepsOut(value: string): boolean {
  const unquoted = value.toLowerCase().replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  const directives = unquoted.split(',').map((directive) => directive.trim())
  if (directives.includes('no-store')) return true
  return directives.includes('private') && !directives.some((one) => one === 'public' || one.startsWith('s-maxage'))
}
