/** Of a signature or of a hash, the last characters tell as much as any. */
const CHARACTERS = 16

/**
 * FNV-1a of the last characters, in 30 bits: numbers of that size need no memory of their own. Two that
 * share one are told apart by whoever asks; to make one for somebody else's credential takes that credential.
 */
export function fingerprint(text: string): number {
  let hash = 0x811c9dc5
  for (let i = Math.max(0, text.length - CHARACTERS); i < text.length; i++)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 2
}
