import type { PolicyContent } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'

/** `JSON.stringify` writes NUL and lone surrogates like this; `jsonb` accepts neither. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

/**
 * A document as JSON that PostgreSQL can keep.
 * @throws {AuthError} `configuration_invalid`: a text in it cannot be stored.
 */
export function contentText(content: PolicyContent, owner = 'policies'): string {
  const text = JSON.stringify(content)
  if (UNSTORABLE.test(text)) throw optionError(owner, 'must hold texts that PostgreSQL can store, without NUL')
  return text
}
