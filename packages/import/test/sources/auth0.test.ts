import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { auth0Source, createImport, fileTarget, type ReportRow } from '../../src/index.js'
import { describePglite } from '../support/database.js'
import { mistakeOf, ndjson, rowsOf, useFolder } from '../support/folder.js'

const folder = useFolder()
const HASH = '$2b$10$abcdefghijklmnopqrstuuJwHEnVLdrzTvlkZqcZ2Ozu0CkhFqFHi'

const ADA = {
  user_id: 'auth0|5dea9f9c82dd7c0e76e4ec93',
  email: 'ada@example.com',
  email_verified: true,
  name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  nickname: 'ada',
  picture: 'https://example.com/ada.png',
  identities: [
    {
      user_id: '5dea9f9c82dd7c0e76e4ec93',
      provider: 'auth0',
      connection: 'Username-Password-Authentication',
      isSocial: false,
    },
    {
      user_id: '1152',
      provider: 'google-oauth2',
      connection: 'google-oauth2',
      isSocial: true,
      access_token: 'ya29.secret',
    },
    { user_id: 583231, provider: 'github', connection: 'github', isSocial: true },
    { user_id: 'acme|ada@acme', provider: 'samlp', connection: 'acme', isSocial: false },
  ],
  app_metadata: { plan: 'pro' },
  created_at: '2024-02-03T04:05:06.000Z',
  updated_at: '2024-03-03T04:05:06.000Z',
}
const BOB = { user_id: 'auth0|euclid', email: 'bob@example.com', email_verified: false, blocked: true }
const CLEO = { user_id: 'google-oauth2|77', email: 'cleo@example.com' }

it('says who has a password, with and without the file of hashes', async () => {
  const users = folder.write(
    'users.ndjson',
    ndjson(ADA, BOB, CLEO, { user_id: 'email|1', identities: [{ provider: 'email' }] }),
  )
  const rows = await rowsOf(auth0Source({ users }))
  expect(rows.map(({ hasPassword }) => hasPassword ?? false)).toEqual([true, true, false, false])
})

it('reads users with their accounts elsewhere, and none of their tokens', async () => {
  const users = folder.write('users.ndjson', ndjson(ADA, BOB, CLEO))
  const [ada, bob, cleo] = await rowsOf(auth0Source({ users }))
  expect(ada).toEqual({
    id: ADA.user_id,
    email: 'ada@example.com',
    emailVerified: true,
    hasPassword: true,
    name: 'Ada Lovelace',
    firstName: 'Ada',
    lastName: 'Lovelace',
    image: 'https://example.com/ada.png',
    createdAt: ADA.created_at,
    updatedAt: ADA.updated_at,
    externalIdentities: [
      { provider: 'google', subject: '1152' },
      { provider: 'github', subject: 583231 },
      { provider: 'acme', subject: 'ada@acme' },
    ],
    metadata: {},
  })
  expect(bob).toMatchObject({ id: 'auth0|euclid', emailVerified: false, disabled: true })
  expect(cleo).toEqual({ id: 'google-oauth2|77', email: 'cleo@example.com', metadata: {} })
})

it('takes further fields along where they are named, and other names of providers', async () => {
  const users = folder.write('users.ndjson', ndjson(ADA))
  const [ada] = await rowsOf(
    auth0Source({
      users,
      metadata: ['app_metadata', 'username', 'constructor'],
      providers: { acme: 'sso', github: 'gh' },
    }),
  )
  expect(ada).toMatchObject({
    metadata: { app_metadata: { plan: 'pro' } },
    externalIdentities: [
      { provider: 'google-oauth2', subject: '1152' },
      { provider: 'gh', subject: 583231 },
      { provider: 'sso', subject: 'ada@acme' },
    ],
  })
  expect(Object.keys(ada!['metadata'] as object)).toEqual(['app_metadata'])
})

it('joins the hashes of the support by the id of the user, never by an address', async () => {
  const users = folder.write('users.json.gz', gzipSync(ndjson(ADA, BOB, CLEO)))
  const passwords = folder.write(
    'passwords.ndjson',
    ndjson(
      { _id: { $oid: '5dea9f9c82dd7c0e76e4ec93' }, email: 'ada@example.com', passwordHash: HASH },
      {
        _id: { $oid: '6dea9f9c82dd7c0e76e4ec94' },
        alt_id: 'euclid',
        email: 'bob@example.com',
        passwordHash: '$2b$10$of-bob',
      },
      { _id: { $oid: '7dea9f9c82dd7c0e76e4ec95' }, email: 'cleo@example.com', passwordHash: '$2b$10$of-another-cleo' },
    ),
  )
  const people = await rowsOf(auth0Source({ users, passwords }))
  expect(people.map(({ passwordHash }) => passwordHash)).toEqual([HASH, '$2b$10$of-bob', undefined])
})

it('reports what it cannot read by its line, and goes on', async () => {
  const users = folder.write(
    'users.ndjson',
    `\uFEFF${JSON.stringify(BOB)}\r\n\r\n{"user_id": broken ada@example.com\r\n{"user_id":"auth0|long","name":"${'x'.repeat(10_000_000)}"}\r\n[1]\r\n${JSON.stringify(CLEO)}`,
  )
  const passwords = folder.write(
    'passwords.ndjson',
    `${ndjson({ _id: { $oid: 'x' }, passwordHash: HASH })}not json\n{"passwordHash":"x"}\n`,
  )
  const rows = await rowsOf(auth0Source({ users, passwords }))
  expect(rows.filter(({ unreadable }) => unreadable !== undefined)).toEqual([
    { unreadable: 'row_unreadable', at: 'passwords.ndjson:2' },
    { unreadable: 'hash_unreadable', at: 'passwords.ndjson:3' },
    { unreadable: 'row_unreadable', at: 'users.ndjson:3' },
    { unreadable: 'row_too_long', at: 'users.ndjson:4' },
    { unreadable: 'row_unreadable', at: 'users.ndjson:5' },
  ])
  expect(rows.flatMap(({ id }) => id ?? [])).toEqual([BOB.user_id, CLEO.user_id])
})

it.each([
  ['another file', 'id,email\n1,secret@example.com\n', 'is no export of users of Auth0'],
  ['a list of JSON', JSON.stringify([ADA]), 'is no export of users of Auth0'],
  [
    'a damaged file of gzip',
    gzipSync(ndjson(...Array.from({ length: 5000 }, () => ADA))).subarray(0, 300),
    'is cut off or damaged',
  ],
  ['UTF-16', Buffer.from(`\uFEFF${ndjson(ADA)}`, 'utf16le'), 'is UTF-16'],
])('says at once that it is %s', async (_what, content, words) => {
  const users = folder.write('users.ndjson', content)
  const message = await mistakeOf(() => rowsOf(auth0Source({ users })))
  expect(message).toContain(`auth0Source.users: ${words}`)
  expect(message).not.toContain('secret')
})

it('does not unpack without end', async () => {
  const users = folder.write('users.gz', gzipSync(Buffer.alloc(30_000_000, '\n')))
  expect(await mistakeOf(() => rowsOf(auth0Source({ users, maxBytes: 1_000_000 })))).toContain(
    'longer than 1000000 bytes',
  )
})

it('does not take the users for the file of passwords', async () => {
  const users = folder.write('users.ndjson', ndjson(ADA))
  expect(await mistakeOf(() => rowsOf(auth0Source({ users, passwords: users })))).toContain(
    'auth0Source.passwords: is no export of password hashes',
  )
})

it('names an option that is wrong', async () => {
  expect(await mistakeOf(() => auth0Source({ users: 'x', paswords: 'y' } as never))).toContain('paswords')
  expect(await mistakeOf(() => auth0Source({ users: '' }))).toContain('auth0Source.users')
})

describePglite('an import from Auth0', ({ query }) => {
  it('imports each once, and says who failed', async () => {
    const polluted = '{"user_id":"auth0|p","__proto__":{"email":"evil@example.com","blocked":true},"constructor":1}\n'
    const users = folder.write('users.ndjson', ndjson(ADA, BOB, ADA, { ...CLEO, identities: 'x' }) + polluted)
    const report: ReportRow[] = []
    const target = fileTarget({ folder: folder.path('out') })
    const importing = createImport({
      query,
      source: auth0Source({ users }),
      target,
      report: (row) => void report.push(row),
    })
    const { counts } = await importing.run()
    expect(counts.person).toMatchObject({ read: 5, created: 3, failed: 2 })
    expect(report.filter(({ outcome }) => outcome === 'failed').map(({ id, code }) => [id, code])).toEqual(
      expect.arrayContaining([
        [ADA.user_id, 'duplicate_id'],
        [CLEO.user_id, 'invalid_external_identities'],
      ]),
    )
    const rows = await rowsOf((await import('../../src/index.js')).ndjsonSource(folder.path('out')))
    expect(rows.find(({ id }) => id === 'auth0|p')).toMatchObject({ email: null, disabled: false })
    expect(rows.find(({ id }) => id === BOB.user_id)).toMatchObject({ disabled: true, emailVerified: false })
  })
})
