import { afterEach, beforeEach, describe } from 'vitest'
import { describePostgres, type TestDatabase } from '../database.js'
import { startBetterAuthScim } from './better-auth-directory.js'
import { behindNetwork, type Directory } from './directory.js'
import { startScimmy } from './scimmy-directory.js'

/** The same tests on each directory, which is empty before each; the ledger is in PostgreSQL. */
export function describeDirectory(
  name: string,
  tests: (given: TestDatabase & { readonly name: string; readonly directory: () => Directory }) => void,
): void {
  describePostgres(name, ({ query, rows, pool }) => {
    describe.each([
      ['SCIMMY', startScimmy],
      ['Better Auth', () => startBetterAuthScim(pool())],
    ])('and %s', { timeout: 240_000 }, (server, start) => {
      let directory: Directory
      beforeEach(async () => {
        directory = await behindNetwork(await start())
      })
      afterEach(() => directory.close())
      tests({ query, rows, name: server, directory: () => directory })
    })
  })
}
