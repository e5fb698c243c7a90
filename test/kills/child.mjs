// One process to be killed: `node child.mjs <act> <url> <given>`. It tells on standard output what has happened, line by line.
import { writeSync } from 'node:fs'
import pg from 'pg'
import { ACTS } from './acts.mjs'

const [act, connectionString, given] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString, max: 10, application_name: 'to be killed' })
pool.on('error', () => {})
// As openDatabase does it.
pool.on('connect', (client) => void client.on('error', () => {}))
const query = async (sql, params) => (await pool.query(sql, [...params])).rows
// At once, so that no report waits in a buffer when the process is killed.
const report = (done) => void writeSync(1, `${JSON.stringify(done)}\n`)
await ACTS[act].work({ query, pool, report, given: JSON.parse(given) })
