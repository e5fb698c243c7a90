// What is killed. An act has `work({ query, report })`, which goes on until the process is killed, and
// `check({ query, reports })`, which throws where what is left is not what was reported. Its tables are those of the
// schema `dualauth`, or made by `prepare(query)`.
import { apiKeysAct } from './acts/api-keys.mjs'
import { evidenceAct } from './acts/evidence.mjs'
import { firstSignInsAct } from './acts/first-sign-ins.mjs'
import { importAct } from './acts/import.mjs'

export const ACTS = {
  'api-keys': apiKeysAct,
  'first-sign-ins': firstSignInsAct,
  evidence: evidenceAct,
  import: importAct,
}
