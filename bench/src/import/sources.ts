import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  auth0Source,
  authJsSource,
  clerkSource,
  createImport,
  csvSource,
  ndjsonSource,
  sqlSource,
  workosPackageSource,
  type Source,
  type Target,
} from '@dualauth/import'
import { installSchema } from '@dualauth/postgres'
import { startPostgres } from '../postgres.js'
import type { Pass } from './import.js'
import { fillSource, SOURCE } from './people.js'
import { createSampler } from './sample.js'

const HASH = '$2b$10$abcdefghijklmnopqrstuuJwHEnVLdrzTvlkZqcZ2Ozu0CkhFqFHi'
const line = (row: object): string => `${JSON.stringify(row)}\n`

/** A head, and a line for each person. */
type File = readonly [head: string, lineOf: (n: number) => string]

const FILES: Readonly<Record<string, File>> = {
  'people.ndjson': [
    '',
    (n) => line({ id: `u-${n}`, email: `p${n}@example.com`, passwordHash: HASH, name: `Person ${n}` }),
  ],
  'people.csv': ['id,email,passwordHash,name\n', (n) => `u-${n},p${n}@example.com,${HASH},"Person ""${n}"""\n`],
  'auth0.ndjson': [
    '',
    (n) =>
      line({
        user_id: `auth0|${n}`,
        email: `p${n}@example.com`,
        email_verified: n % 2 === 0,
        identities: [{ provider: 'auth0', user_id: String(n), connection: 'users', isSocial: false }],
      }),
  ],
  'auth0-hashes.ndjson': ['', (n) => line({ _id: { $oid: String(n) }, passwordHash: HASH })],
  'clerk.ndjson': [
    '',
    (n) =>
      line({
        id: `user_${n}`,
        primary_email_address_id: 'one',
        email_addresses: [{ id: 'one', email_address: `p${n}@example.com`, verification: { status: 'verified' } }],
        banned: false,
        password_enabled: true,
      }),
  ],
  'clerk.csv': ['id,password_digest,password_hasher\n', (n) => `user_${n},${HASH},bcrypt\n`],
  'package/users.csv': [
    'email,password_hash,password_hash_type,email_verified,external_id\n',
    (n) => `p${n}@example.com,${HASH},bcrypt,true,u-${n}\n`,
  ],
}

/** Reads everybody once from each source. */
export async function measureSources(people: number, show: (pass: Pass) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dualauth-bench-'))
  const postgres = await startPostgres()
  const at = (name: string) => join(folder, name)
  try {
    mkdirSync(at('package'))
    for (const [name, file] of Object.entries(FILES))
      await pipeline(Readable.from(linesOf(file, people)), createWriteStream(at(name)))
    await fillAuthJs(postgres.pool, people)
    const sources: Readonly<Record<string, Source>> = {
      ndjson: ndjsonSource(folder),
      csv: csvSource({ people: at('people.csv') }),
      auth0: auth0Source({ users: at('auth0.ndjson'), passwords: at('auth0-hashes.ndjson') }),
      clerk: clerkSource({ users: at('clerk.ndjson'), passwords: at('clerk.csv') }),
      workosPackage: workosPackageSource({ from: at('package') }),
      authJs: authJsSource({ query: postgres.query }),
    }
    for (const [name, source] of Object.entries(sources))
      show(await counted(name, people, source.people({ signal: new AbortController().signal })))
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true })
  }
}

/** Lists everybody, of whom the target takes no password. */
export async function measureInvites(people: number, show: (pass: Pass) => void): Promise<void> {
  const postgres = await startPostgres()
  const { query } = postgres
  try {
    await installSchema(query)
    await fillSource(query, people)
    const { people: all } = SOURCE
    const made = createImport({ query, source: sqlSource({ query, people: all }), target: NOWHERE })
    await made.run()
    show(await counted('invites', people, made.invites()))
  } finally {
    await postgres.stop()
  }
}

/** Only the ledger knows who was brought there. */
const NOWHERE: Target = {
  name: 'nowhere',
  kinds: ['person'],
  batchSize: 500,
  uniqueAddresses: false,
  takesPassword: () => false,
  find: async (items) => items.map(() => ({ outcome: 'absent' })),
  create: async (items) => items.map(({ id }) => ({ outcome: 'created', id })),
}

async function counted(name: string, people: number, rows: AsyncIterable<unknown>): Promise<Pass> {
  const { memory, note } = createSampler(people / 30)
  const begun = performance.now()
  let read = 0
  for await (const row of rows) {
    if ('unreadable' in (row as object)) throw new Error(`${name}: ${JSON.stringify(row)}`)
    note(++read)
  }
  if (read !== people) throw new Error(`${name}: ${read} rows`)
  return { name, people, seconds: (performance.now() - begun) / 1000, memory }
}

function* linesOf([head, lineOf]: File, people: number): Generator<string> {
  yield head
  for (let n = 1; n <= people; n++) yield lineOf(n)
}

/** The tables of `@auth/pg-adapter`; one in four with an account at Google. */
async function fillAuthJs(pool: Awaited<ReturnType<typeof startPostgres>>['pool'], people: number): Promise<void> {
  await pool.query(`
create table users (id serial primary key, name varchar(255), email varchar(255), "emailVerified" timestamptz, image text);
create table accounts (
  id serial primary key, "userId" integer not null, type varchar(255) not null, provider varchar(255) not null,
  "providerAccountId" varchar(255) not null
);
insert into users (name, email) select 'Person ' || n, 'p' || n || '@example.com' from generate_series(1, ${people}) n;
insert into accounts ("userId", type, provider, "providerAccountId")
  select n, 'oauth', 'google', 'g-' || n from generate_series(4, ${people}, 4) n`)
}
