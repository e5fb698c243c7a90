import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { World } from './world.js'

/**
 * For each test: a folder that holds `people.sql`, the tables of an application in the schema `app`, and no memory of an
 * import before.
 *
 * @param tables Script that makes `app.users`.
 * @param people The query of `people.sql`.
 * @returns The folder of the test that runs.
 */
export function eachMoving(world: World, tables: string, people: string): () => string {
  let folder: string
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dualauth-cli-'))
    await world.database.pool.query(`
      drop schema if exists app cascade; create schema app;
      truncate dualauth.import_item, dualauth.import_run, dualauth.import_target, dualauth.identity_link, dualauth.conflict;
      ${tables}`)
    writeFileSync(join(folder, 'people.sql'), people)
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  return () => folder
}
