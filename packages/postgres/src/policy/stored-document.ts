import { readPolicy, type LoadedPolicy, type PolicyDocument } from '@dualauth/core'
import { millisecondsOf } from '../sql/moments.js'
import type { Row } from '../sql/row.js'

/** A row's document with its version, as text. What is no object is handed over as it is: no reader takes it. */
export const DOCUMENT = `(case when pg_catalog.jsonb_typeof(document) = 'object'
  then document || pg_catalog.jsonb_build_object('version', version) else document end)::text`

/** When a row was written; null if somebody's own statement wrote an infinite moment. */
export const WRITTEN_MS: string = millisecondsOf('created_at')

/** A version as it is stored, judged. */
export interface StoredVersion {
  /** As text: a number of JavaScript cannot tell all of them apart. */
  readonly version: string
  readonly loaded: Pick<LoadedPolicy, 'document' | 'writtenAt'>
  /** False: somebody's own statement has written what no instance takes. */
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

/** Null: no instance takes it. */
export function policyOf(document: unknown): PolicyDocument | null {
  try {
    return readPolicy(document)
  } catch {
    return null
  }
}

/** What cannot be read, such as too deep a nesting on some runtimes, is no policy either. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
