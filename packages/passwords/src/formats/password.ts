/** What somebody typed, in the forms that hashes are made of. */
export interface Password {
  readonly text: string
  /** UTF-8. */
  readonly bytes: Buffer
}

/**
 * Why a password is right for no hash: `empty`, `too_long`, or `not_text` for what has no spelling in UTF-8, which would
 * be the same as another password once it is encoded. Null: it may be right.
 */
export type Unfit = 'empty' | 'too_long' | 'not_text'

export function passwordOf(text: string): Password {
  return { text, bytes: Buffer.from(text, 'utf8') }
}

export function unfit(text: string, maxBytes: number): Unfit | null {
  // Of JavaScript.
  if (typeof text !== 'string') return 'not_text'
  if (text === '') return 'empty'
  // Three bytes at most for a code unit: what is far too long is not even encoded.
  if (text.length > maxBytes || Buffer.byteLength(text, 'utf8') > maxBytes) return 'too_long'
  return text.isWellFormed() ? null : 'not_text'
}
