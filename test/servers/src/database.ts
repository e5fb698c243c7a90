import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { shared } from './shared.js'

/**
 * Address of an empty database on the PostgreSQL of this run, in a tenth of the time of a server. Its roles, its settings
 * and what it says of connections belong to all tests: those that need their own, or stop it, call `startPostgres`.
 */
export async function createDatabase(): Promise<string> {
  const answer = await text(connect(shared().databasePort, '127.0.0.1'))
  if (!answer.startsWith('postgres://')) throw new Error(`no database: ${answer}`)
  return answer
}

/** An empty embedded database: `initdb` runs once in a run, and what it made is loaded from then on. */
export async function createEmbedded<Database extends { dumpDataDir(compression: 'none'): Promise<Blob> }>(
  open: (from?: { readonly loadDataDir: Blob }) => Promise<Database>,
): Promise<Database> {
  const path = join(shared().folder, 'embedded.tar')
  if (existsSync(path)) return open({ loadDataDir: new Blob([readFileSync(path)]) })
  const made = await open()
  const dump = await made.dumpDataDir('none')
  // Other workers may be doing the same: a name is given to whole files only.
  const own = `${path}.${randomUUID()}`
  writeFileSync(own, Buffer.from(await dump.arrayBuffer()))
  renameSync(own, path)
  return made
}
