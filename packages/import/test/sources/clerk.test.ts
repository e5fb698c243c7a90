import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { clerkSource } from '../../src/index.js'
import { mistakeOf, rowsOf, useFolder } from '../support/folder.js'

const folder = useFolder()
const HASH = '$2a$10$abcdefghijklmnopqrstuuJwHEnVLdrzTvlkZqcZ2Ozu0CkhFqFHi'
const HEAD =
  'id,first_name,last_name,username,primary_email_address,primary_phone_number,verified_email_addresses,unverified_email_addresses,verified_phone_numbers,unverified_phone_numbers,totp_secret,password_digest,password_hasher'
const CSV = `${HEAD}
user_1,Ada,"Love""lace",ada,ada@example.com,+15551234567,ada@example.com|ada@acme.com,,,,JBSWY3DP,${HASH},bcrypt
user_2,Bob,,,bob@example.com,,,bob@example.com,,,,5f4dcc3b5aa765d61d8327deb882cf99,md5
user_3,,,cleo,,,,,,,,,
`
const ADA = {
  id: 'user_1',
  object: 'user',
  first_name: 'Ada',
  last_name: 'Lovelace',
  username: 'ada',
  has_image: true,
  image_url: 'https://img.example.com/ada',
  primary_email_address_id: 'idn_2',
  email_addresses: [
    { id: 'idn_1', email_address: 'old@example.com', verification: { status: 'verified' } },
    { id: 'idn_2', email_address: 'ada@example.com', verification: { status: 'verified', strategy: 'email_code' } },
  ],
  external_accounts: [
    { provider: 'oauth_google', provider_user_id: '1152', verification: { status: 'verified' } },
    { provider: 'oauth_github', provider_user_id: '77', verification: { status: 'unverified' } },
    { provider: 'oauth_custom_acme', provider_user_id: 'a-1', verification: { status: 'verified' } },
  ],
  public_metadata: { plan: 'pro' },
  banned: false,
  locked: true,
  created_at: 1706933106000,
  updated_at: 1706933107000,
}
const BOB = {
  id: 'user_2',
  primary_email_address_id: 'idn_3',
  email_addresses: [{ id: 'idn_3', email_address: 'bob@example.com', verification: null }],
  banned: true,
}

it('reads the list of the API, with the passwords of the CSV file', async () => {
  const users = folder.write('users.json', JSON.stringify([ADA, BOB], null, 2))
  const passwords = folder.write('export.csv', CSV.replaceAll('\n', '\r\n'))
  const rows = await rowsOf(clerkSource({ users, passwords, metadata: ['public_metadata', 'locale'] }))
  expect(rows).toEqual([
    {
      id: 'user_1',
      email: 'ada@example.com',
      emailVerified: true,
      firstName: 'Ada',
      lastName: 'Lovelace',
      image: 'https://img.example.com/ada',
      passwordHash: HASH,
      passwordFormat: null,
      disabled: false,
      createdAt: 1706933106000,
      updatedAt: 1706933107000,
      externalIdentities: [
        { provider: 'google', subject: '1152' },
        { provider: 'acme', subject: 'a-1' },
      ],
      metadata: { public_metadata: { plan: 'pro' } },
    },
    {
      id: 'user_2',
      email: 'bob@example.com',
      emailVerified: false,
      passwordHash: '5f4dcc3b5aa765d61d8327deb882cf99',
      passwordFormat: 'clerk-md5',
      disabled: true,
      externalIdentities: [],
      metadata: {},
    },
    // In the one export and not in the other: nobody is lost between them.
    { unreadable: 'user_missing', at: 'export.csv:4' },
  ])
})

it('says who has a password that the API does not show', async () => {
  const users = folder.write(
    'users.json',
    JSON.stringify([
      { ...ADA, password_enabled: true },
      { ...BOB, password_enabled: false },
    ]),
  )
  const rows = await rowsOf(clerkSource({ users }))
  expect(rows.map(({ hasPassword }) => hasPassword)).toEqual([true, false])
})

it('reads one object a line as well, and reports what is none', async () => {
  const users = folder.write('users.json.gz', gzipSync(`${JSON.stringify(BOB)}\n{]\n${JSON.stringify(ADA)}\n`))
  expect((await rowsOf(clerkSource({ users }))).map(({ id, at }) => id ?? at)).toEqual([
    'user_2',
    'users.json.gz:2',
    'user_1',
  ])
})

it('reports an object of a list that is too long or damaged, and goes on', async () => {
  const long = JSON.stringify({ ...BOB, first_name: 'x"]}'.repeat(3_000_000) })
  const users = folder.write(
    'users.json',
    `[\n${JSON.stringify(ADA)},\n${long},\n{"id": nothing},\n${JSON.stringify(BOB)}\n]`,
  )
  expect(
    (await rowsOf(clerkSource({ users }))).map(({ id, at, unreadable }) => id ?? `${String(unreadable)} ${String(at)}`),
  ).toEqual(['user_1', 'row_too_long users.json:3', 'row_unreadable users.json:4', 'user_2'])
})

it('reads the CSV file alone where nobody is banned', async () => {
  const users = folder.write('export.csv', `\uFEFF${CSV}`)
  const [ada, bob, cleo] = await rowsOf(clerkSource({ users, nobodyBanned: true, metadata: ['username'] }))
  expect(ada).toMatchObject({
    id: 'user_1',
    lastName: 'Love"lace',
    emailVerified: true,
    passwordHash: HASH,
    metadata: { username: 'ada' },
  })
  expect(bob).toMatchObject({ email: 'bob@example.com', emailVerified: false, passwordFormat: 'clerk-md5' })
  expect(cleo).toMatchObject({ id: 'user_3', email: '', emailVerified: false, passwordHash: '' })
  expect(JSON.stringify([ada, bob, cleo])).not.toContain('JBSWY3DP')
})

it.each([
  ['bcrypt', HASH, HASH, null],
  [
    'argon2id',
    '$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaA',
    '$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaA',
    null,
  ],
  ['pbkdf2_sha256', 'pbkdf2_sha256$260000$c2FsdA==$aGFzaGhhc2g=', '$pbkdf2-sha256$i=260000$c2FsdA$aGFzaGhhc2g', null],
  ['pbkdf2_sha256_django', 'pbkdf2_sha256$260000$salt$aGFzaA==', 'pbkdf2_sha256$260000$salt$aGFzaA==', null],
  ['scrypt_werkzeug', 'scrypt:32768:8:1$salt$00ff', 'scrypt:32768:8:1$salt$00ff', 'clerk-scrypt_werkzeug'],
  ['sha256_salted', 'whatever', 'whatever', 'clerk-sha256_salted'],
])('says of a hash by %s what it is', async (hasher, digest, passwordHash, passwordFormat) => {
  const users = folder.write('export.csv', `${HEAD}\nuser_1,,,,a@example.com,,,,,,,"${digest}",${hasher}\n`)
  expect(await rowsOf(clerkSource({ users, nobodyBanned: true }))).toMatchObject([{ passwordHash, passwordFormat }])
})

it('refuses a CSV file that does not say who is banned', async () => {
  expect(await mistakeOf(() => clerkSource({ users: 'export.csv' }))).toContain('does not say who is banned')
  expect(await mistakeOf(() => clerkSource({ users: 'EXPORT.CSV.gz' }))).toContain('does not say who is banned')
})

it.each([
  ['a list that does not end', 'users.json', JSON.stringify([ADA, BOB]).slice(0, -20), 'is cut off'],
  ['another list', 'users.json', '[{"id":"1","email":"secret@example.com"}]', 'is no list of users of Clerk'],
  [
    'one object with all of them',
    'users.json',
    JSON.stringify({ data: [ADA], totalCount: 1 }),
    'is no list of users of Clerk',
  ],
  [
    'a CSV file without its columns',
    'users.csv',
    'secret@example.com,1\n',
    'has no column "id", "primary_email_address"',
  ],
  ['a CSV file that ends within quotes', 'users.csv', `${CSV}user_9,"Ada`, 'ends within quotes'],
])('says that it is %s', async (_what, name, content, words) => {
  const users = folder.write(name, content)
  const message = await mistakeOf(() => rowsOf(clerkSource({ users, nobodyBanned: true })))
  expect(message).toContain(`clerkSource.users: ${words}`)
  expect(message).not.toContain('secret')
})

it('names options that do not go together', async () => {
  expect(await mistakeOf(() => clerkSource({ users: 'a.csv', nobodyBanned: true, passwords: 'b.csv' }))).toContain(
    'clerkSource.passwords',
  )
  expect(await mistakeOf(() => clerkSource({ users: 'a.json', metadata: ['totp_secret'] }))).toContain('totp_secret')
})
