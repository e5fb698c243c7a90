// One process to be killed: `node child.mjs <act> <url>`. It tells on standard output what has happened, line by line.
import { writeSync } from 'node:fs'
import pg from 'pg'
import { ACTS } from './acts.mjs'

const [act, connectionString] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString, max: 10, application_name: 'to be killed' })
const query = async (sql, params) => (await pool.query(sql, [...params])).rows
// At once, so that no report waits in a buffer when the process is killed.
await ACTS[act].work({ query, report: (done) => void writeSync(1, `${JSON.stringify(done)}\n`) })
