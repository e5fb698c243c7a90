import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAuthError } from '@dualauth/core'
import { afterEach, beforeEach } from 'vitest'
import type { Source } from '../../src/index.js'

/** A folder of its own for each test. */
export interface Folder {
  readonly path: (name: string) => string
  /** @returns Its path. */
  readonly write: (name: string, content: string | Uint8Array) => string
}

export function useFolder(): Folder {
  let folder = ''
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dualauth-import-'))))
  afterEach(() => rmSync(folder, { recursive: true }))
  const path = (name: string): string => join(folder, name)
  return {
    path,
    write(name, content) {
      writeFileSync(path(name), content)
      return path(name)
    },
  }
}

/** What a source hands out in a step, fields that are left out aside. */
export async function rowsOf(
  source: Source,
  step: 'people' | 'organizations' | 'memberships' = 'people',
): Promise<readonly Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = []
  const { signal } = new AbortController()
  for await (const row of source[step]!({ signal }))
    found.push(JSON.parse(JSON.stringify(row)) as Record<string, unknown>)
  return found
}

/** The message of a wrong option; else the test fails. */
export async function mistakeOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (isAuthError(error) && error.code === 'configuration_invalid') return error.message
    throw error
  }
  throw new Error('it took the option')
}

export const ndjson = (...rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
