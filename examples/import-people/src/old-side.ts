import { createHmac, pbkdf2, randomBytes, scrypt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { DatabasePool } from '@dualauth/postgres'
import { hash as argon2 } from '@node-rs/argon2'
import { hash as bcrypt } from '@node-rs/bcrypt'
import { hashPassword as betterAuth } from 'better-auth/crypto'

/** Somebody of the old side whose password is known here. */
export interface Sample {
  readonly format: string
  readonly id: string
  readonly email: string
  readonly password: string
}

/** What different versions of the old side have written over the years. */
const FORMATS: Readonly<Record<string, (password: string) => Promise<string>>> = {
  bcrypt: (password) => bcrypt(password, { cost: 10 }),
  'better-auth': betterAuth,
  argon2id: (password) => argon2(password),
  async pbkdf2(password) {
    const salt = randomBytes(9).toString('base64url')
    const key = await promisify(pbkdf2)(password, salt, 260_000, 32, 'sha256')
    return `pbkdf2_sha256$260000$${salt}$${key.toString('base64')}`
  },
  async scrypt(password) {
    const salt = randomBytes(16)
    const key = await promisify<string, Buffer, number, Buffer>(scrypt)(password, salt, 32)
    return `$scrypt$ln=14,r=8,p=1$${unpadded(salt)}$${unpadded(key)}`
  },
}

/** Of every eight people, five have one of the formats, one crypt(3) of SHA-512, and two come by Google alone. */
const TURN = 8
const UNTAKEN = Object.keys(FORMATS).length + 1

/**
 * Fills the tables of the old side.
 *
 * @param each How many passwords of each format there are; several people share one, as hashing takes long.
 * @returns One person for each of them.
 */
export async function fillOldSide(pool: DatabasePool, people: number, each: number): Promise<readonly Sample[]> {
  await pool.query(await readFile(new URL('tables.sql', import.meta.url), 'utf8'))
  const formats = Object.keys(FORMATS)
  const rows = await Promise.all(
    formats.flatMap((format, place) =>
      Array.from({ length: each }, async (_none, index) => {
        // It need not be random, and is no constant: it is the same for the same person in each run.
        const password = createHmac('sha256', format).update(String(index)).digest('base64url')
        return { turn: place + 1, index, format, password, hash: await FORMATS[format]!(password) }
      }),
    ),
  )
  await pool.query(
    `with given as (select * from json_to_recordset($1::json) as g (turn int, index int, hash text)),
people as (
  insert into old.users
  select 'u-' || n, 'person' || n || '@example.com', case n % 3 when 0 then true when 1 then false end, 'Person ' || n,
    case when n % ${TURN} = ${UNTAKEN} then '$6$NaClSalt$' || md5(n::text) else given.hash end,
    case when n % ${TURN} in (0, ${TURN - 1}) then 'google-' || n end, timestamptz '2020-01-01 00:00Z' + n * interval '1 minute'
  from generate_series(1, $2::int) n left join given on given.turn = n % ${TURN} and given.index = (n / ${TURN}) % $3::int
)
insert into old.teams select 't-' || n, 'Team ' || n from generate_series(0, $2::int / 50) n`,
    [JSON.stringify(rows), people, each],
  )
  await pool.query(
    `insert into old.team_members select id, 't-' || substr(id, 3)::int / 50, 'member' from old.users where substr(id, 3)::int % 2 = 0`,
  )
  return rows.map(({ turn, index, format, password }) => {
    const number = index * TURN + turn
    return { format, password, id: `u-${number}`, email: `person${number}@example.com` }
  })
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
