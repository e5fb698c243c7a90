/** In a signature or hash, the last characters are as good as any. */
const CHARACTERS = 16

/**
 * FNV-1a of the last characters, in 30 bits: numbers of that size need no memory of their own. Callers must tell apart
 * two texts that share one. To forge the fingerprint of somebody's credential, one needs that credential.
 */
export function fingerprint(text: string): number {
  let hash = 0x811c9dc5
  for (let i = Math.max(0, text.length - CHARACTERS); i < text.length; i++)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 2
}
