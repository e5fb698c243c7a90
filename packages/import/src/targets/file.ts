import { constants, createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { object, parseOptions, text } from '@dualauth/core/settings'
import { lockFolder } from '@dualauth/postgres'
import * as z from 'zod/mini'
import type { Kind } from '../ports/rows.js'
import { TargetError } from '../ports/target-error.js'
import type { Checked, Created, Found, Item, Removed, Target, Updated } from '../ports/target.js'
import { FILES } from '../sources/ndjson.js'

/** The options of `fileTarget`. */
export interface FileTargetOptions {
  /** Where `people.ndjson` and the others are written. One run at a time; another one is refused (`folder_in_use`). */
  readonly folder: string
  /** The name in the ledger. Default `file:` and the folder's name. */
  readonly name?: string
}

const schema = object({ folder: text, name: z.exactOptional(text) })

/** Links are not followed: in a shared folder, one could lead to somebody else's file. */
const APPENDING = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW

/** How many lines are appended and flushed to disk at once. */
const BATCH = 1000

/**
 * Writes files with one JSON object per line, which `ndjsonSource` and other tools read: a copy to look at, or to pass
 * on for another import. A run locks the folder with a file `dualauth.lock`, which is removed at the end; the lock of a
 * killed process is taken over. The files hold addresses and hashes as the source has them, so only their owner can
 * read them.
 */
export function fileTarget(options: FileTargetOptions): Target {
  const { folder, name = `file:${basename(options.folder)}` } = parseOptions(schema, options, 'fileTarget')
  const paths = Object.fromEntries(Object.entries(FILES).map(([kind, file]) => [kind, join(folder, file)])) as Readonly<
    Record<Kind, string>
  >
  let last: Promise<unknown> = Promise.resolve()

  /** One after the other: nothing may be appended to a file that is being rewritten. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work).catch((error: unknown) => {
      throw fileFailure(error)
    })
    last = mine.catch(() => {})
    return mine
  }

  async function append(kind: Kind, lines: readonly string[]): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const handle = await open(paths[kind], APPENDING, 0o600)
    try {
      await handle.chmod(0o600)
      await dropTornLine(handle)
      // Repeats until everything is written: on a full disk, a single `write` may end early and only return a number.
      await handle.appendFile(lines.map((line) => `${line}\n`).join(''))
      await handle.datasync()
    } finally {
      await handle.close()
    }
  }

  async function rewrite(kind: Kind, change: (line: string, id: string) => string | null): Promise<void> {
    const draft = `${paths[kind]}.draft`
    await rm(draft, { force: true })
    const handle = await open(draft, 'wx', 0o600)
    try {
      let lines: string[] = []
      for await (const { line, id } of linesOf(paths[kind])) {
        const kept = change(line, id)
        if (kept !== null) lines.push(kept)
        if (lines.length < BATCH) continue
        await handle.appendFile(`${lines.join('\n')}\n`)
        lines = []
      }
      if (lines.length > 0) await handle.appendFile(`${lines.join('\n')}\n`)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    await rename(draft, paths[kind])
  }

  /** The current lines of these items. */
  async function stored(
    items: readonly { readonly kind: Kind; readonly id: string }[],
  ): Promise<ReadonlyMap<string, string>> {
    const wanted = new Set(items.map(({ id }) => id))
    const found = new Map<string, string>()
    if (wanted.size === 0) return found
    for await (const { line, id } of linesOf(paths[items[0]!.kind])) if (wanted.has(id)) found.set(id, line)
    return found
  }

  return {
    name,
    kinds: ['organization', 'person', 'membership', 'group'],
    batchSize: BATCH,
    uniqueAddresses: false,
    takesPassword: () => true,
    hold: () => holdFolder(folder),
    find: (items) =>
      alone(async () => {
        // Nobody else writes there: an item that was never sent is not there, so the file need not be read for it.
        const found = await stored(items.filter(({ attempted }) => attempted))
        return items.map(({ id }): Found => (found.has(id) ? { outcome: 'found', id } : { outcome: 'absent' }))
      }),
    create: (items) =>
      alone(async () => {
        await append(items[0]!.kind, items.map(lineOf))
        return items.map(({ id }): Created => ({ outcome: 'created', id }))
      }),
    update: (items) =>
      alone(async () => {
        const wanted = new Map(items.map((item) => [item.id, item]))
        const seen = new Set<string>()
        await rewrite(items[0]!.kind, (line, id) => {
          const item = wanted.get(id)
          if (item === undefined) return line
          seen.add(id)
          return lineOf(item)
        })
        return items.map(({ id }): Updated => ({ outcome: seen.has(id) ? 'updated' : 'absent' }))
      }),
    remove: (removals) =>
      alone(async () => {
        const wanted = new Set(removals.map(({ id }) => id))
        const seen = new Set<string>()
        await rewrite(removals[0]!.kind, (line, id) => {
          if (!wanted.has(id)) return line
          seen.add(id)
          return null
        })
        return removals.map(({ id }): Removed => ({ outcome: seen.has(id) ? 'removed' : 'absent' }))
      }),
    check: (items) =>
      alone(async () => {
        const found = await stored(items)
        return items.map((item): Checked => {
          const line = found.get(item.id)
          if (line === undefined) return { outcome: 'absent' }
          const fields = differences(JSON.parse(line) as object, item.row)
          return fields.length === 0 ? { outcome: 'same' } : { outcome: 'differs', fields }
        })
      }),
  }
}

async function holdFolder(folder: string): Promise<() => Promise<void>> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return await lockFolder(folder, { what: 'fileTarget: the folder' })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EBUSY') throw cause
    throw new TargetError('fatal', { code: 'folder_in_use', cause })
  }
}

/** As `ndjsonSource` reads it. */
function lineOf({ kind, row }: Item): string {
  if (kind !== 'person') return JSON.stringify(row)
  const { password, passwordMissing, ...person } = row
  return JSON.stringify({
    ...person,
    passwordHash: password?.hash ?? null,
    passwordFormat: password?.format ?? null,
    ...(passwordMissing && { hasPassword: true }),
  })
}

function differences(stored: object, row: object): readonly string[] {
  const one = new Map(Object.entries(stored))
  return Object.entries(row).flatMap(([field, value]) => {
    if (field === 'passwordMissing') return one.get('hasPassword') === true ? [] : ['hasPassword']
    const isSame =
      field === 'password'
        ? one.get('passwordHash') === ((value as { hash: string } | null)?.hash ?? null)
        : JSON.stringify(one.get(field)) === JSON.stringify(value)
    return isSame ? [] : [field]
  })
}

async function* linesOf(path: string): AsyncGenerator<{ line: string; id: string }> {
  if ((await sizeOf(path)) === 0) return
  for await (const line of createInterface({
    input: createReadStream(path, { encoding: 'utf8' }),
    crlfDelay: Infinity,
  })) {
    const id = idOf(line)
    if (id !== null) yield { line, id }
  }
}

/** Null: a line that a killed process has not finished. */
function idOf(line: string): string | null {
  try {
    const { id } = JSON.parse(line) as { readonly id?: unknown }
    return typeof id === 'string' ? id : null
  } catch {
    return null
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return found?.size ?? 0
}

/** Readers of lines do not see what a killed process began to write, and it would spoil the next line. */
async function dropTornLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat()
  const chunk = Buffer.alloc(64 * 1024)
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - chunk.length)
    const { bytesRead } = await handle.read(chunk, 0, end - start, start)
    const at = chunk.subarray(0, bytesRead).lastIndexOf(10)
    if (at !== -1) {
      if (start + at + 1 < size) await handle.truncate(start + at + 1)
      return
    }
    end = start
  }
  if (size > 0) await handle.truncate(0)
}

/** A full disk, somebody else's folder, a link instead of a file: the run ends, and can continue once that is fixed. */
function fileFailure(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (typeof code !== 'string' || !/^E[A-Z\d]+$/.test(code)) return error
  return new TargetError('fatal', { code: `file_${code.toLowerCase()}`, cause: error })
}
