import { readPolicy, type LoadedPolicy, type PolicyDocument } from '@dualauth/core'
import { millisecondsOf } from '../sql/moments.js'
import type { Row } from '../sql/row.js'

/** A row's document with its version, as text. Anything but an object is returned as it is: no reader accepts it. */
export const DOCUMENT = `(case when pg_catalog.jsonb_typeof(document) = 'object'
  then document || pg_catalog.jsonb_build_object('version', version) else document end)::text`

/** When a row was written; null if an SQL statement of your own wrote an infinite time. */
export const WRITTEN_MS: string = millisecondsOf('created_at')

/** A stored version, and whether it is a policy. */
export interface StoredVersion {
  /** As text: a JavaScript number cannot represent all of them. */
  readonly version: string
  readonly loaded: Pick<LoadedPolicy, 'document' | 'writtenAt'>
  /** False: an SQL statement of your own wrote something that no instance accepts. */
  readonly isGood: boolean
}

/** @param row With `version`, `document` as `DOCUMENT`, and `written_ms`. */
export function storedVersion(row: Row): StoredVersion {
  const { document, written_ms: writtenMs } = row
  const parsed = parse(String(document))
  return {
    version: String(row['version']),
    loaded: { document: parsed, writtenAt: typeof writtenMs === 'string' ? Number(writtenMs) : null },
    isGood: policyOf(parsed) !== null,
  }
}

/** Null: no instance accepts it. */
export function policyOf(document: unknown): PolicyDocument | null {
  try {
    return readPolicy(document)
  } catch {
    return null
  }
}

/** A text that cannot be read, such as one nested too deeply for some runtimes, is no policy either. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
