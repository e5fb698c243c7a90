// What is killed. An act has `work({ query, pool, report, given })`, which goes on until the process is killed, and
// `check({ query, pool, reports, … })`, which throws where what is left is not what was reported. Its tables are those of
// the schema `dualauth`, or made by `prepare({ query, pool })`, whose answer is handed on to `check`: `given` in it to the
// processes, too, and `close` is called at the end.
import { apiKeysAct } from './acts/api-keys.mjs'
import { evidenceAct } from './acts/evidence.mjs'
import { firstSignInsAct } from './acts/first-sign-ins.mjs'
import { importBetterAuthAct } from './acts/import-better-auth.mjs'
import { importScimBetterAuthAct, importScimmyAct } from './acts/import-scim.mjs'
import { importWorkosAct } from './acts/import-workos.mjs'
import { importAct } from './acts/import.mjs'

export const ACTS = {
  'api-keys': apiKeysAct,
  'first-sign-ins': firstSignInsAct,
  evidence: evidenceAct,
  import: importAct,
  'import-better-auth': importBetterAuthAct,
  'import-workos': importWorkosAct,
  'import-scim': importScimmyAct,
  'import-scim into Better Auth': importScimBetterAuthAct,
}
