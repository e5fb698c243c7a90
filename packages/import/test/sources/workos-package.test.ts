import { mkdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { workosPackageSource } from '../../src/index.js'
import { mistakeOf, rowsOf, useFolder } from '../support/folder.js'

const folder = useFolder()
const HASH = '$2b$10$abcdefghijklmnopqrstuuJwHEnVLdrzTvlkZqcZ2Ozu0CkhFqFHi'
const USERS =
  'email,password,password_hash,password_hash_type,first_name,last_name,email_verified,external_id,metadata,org_id,org_external_id,org_name,role_slugs'
const ORGANIZATIONS = 'org_id,org_external_id,org_name,domains,metadata'
const MEMBERSHIPS = 'email,external_id,user_id,org_id,org_external_id,org_name,role_slugs,metadata'

const ROWS = `ada@example.com,in plain text,${HASH},bcrypt,Ada,Lovelace,true,auth0|1,"{""plan"":""pro"",""totp_secret"":""JBSWY3DP""}",,o-1,Acme,"owner,billing"
bob@example.com,,$firebase-scrypt$hash=x,firebase-scrypt,Bob,,FALSE,auth0|2,"{""auth0_blocked"":true}",,o-1,Acme,
cleo@example.com,,5f4dcc3b5aa765d61d8327deb882cf99,md5,,,,auth0|3,,org_01H,,,member
dan@example.com,,,,,,true,,,,,,
`

function packed(files: Readonly<Record<string, string>>, provider = 'auth0'): string {
  mkdirSync(folder.path('package'))
  folder.write('package/manifest.json', JSON.stringify({ schemaVersion: 1, provider }))
  for (const [name, content] of Object.entries(files)) folder.write(`package/${name}`, content)
  return folder.path('package')
}

it('reads the people of a package: no password in plain text, and no secret of a second factor', async () => {
  const from = packed({ 'users.csv': `${USERS}\n${ROWS}` })
  const rows = await rowsOf(workosPackageSource({ from }))
  expect(rows).toMatchObject([
    {
      id: 'auth0|1',
      email: 'ada@example.com',
      emailVerified: 'true',
      firstName: 'Ada',
      passwordHash: HASH,
      passwordFormat: null,
      disabled: false,
      organization: 'o-1',
      metadata: { plan: 'pro' },
    },
    { id: 'auth0|2', emailVerified: 'false', disabled: true, passwordFormat: 'firebase-scrypt' },
    { id: 'auth0|3', emailVerified: '', passwordFormat: 'md5', organization: 'org_01H' },
    { id: '', email: 'dan@example.com' },
  ])
  expect(JSON.stringify(rows)).not.toMatch(/plain text|JBSWY3DP/)
})

it('reads organizations and memberships from their own files', async () => {
  const from = packed({
    'users.csv': `${USERS}\n${ROWS}`,
    'organizations.csv': `${ORGANIZATIONS}\n,o-1,Acme Ltd.,"acme.com,acme.org","{""tier"":""1""}"\norg_2,,Globex,,\n`,
    'organization_memberships.csv': `${MEMBERSHIPS}\nada@example.com,auth0|1,,,o-1,Acme,"owner, billing",\nx@example.com,,,,o-1,,,\n,auth0|2,,,,,,\n`,
  })
  const source = workosPackageSource({ from })
  expect(await rowsOf(source, 'organizations')).toEqual([
    { id: 'o-1', name: 'Acme Ltd.', metadata: { tier: '1', domains: 'acme.com,acme.org' } },
    { id: 'org_2', name: 'Globex' },
  ])
  expect(await rowsOf(source, 'memberships')).toEqual([
    { person: 'auth0|1', organization: 'o-1', roles: ['owner', 'billing'] },
    { unreadable: 'no_external_id', at: 'organization_memberships.csv:3' },
    { unreadable: 'no_organization', at: 'organization_memberships.csv:4' },
  ])
})

it('finds organizations and memberships in the rows of users where the files have none', async () => {
  const from = packed({
    'users.csv': `${USERS}\n${ROWS}`,
    'organizations.csv': `${ORGANIZATIONS}\n`,
    'organization_memberships.csv': `${MEMBERSHIPS}\n`,
  })
  const source = workosPackageSource({ from })
  expect(await rowsOf(source, 'organizations')).toEqual([
    { id: 'o-1', name: 'Acme' },
    { id: 'org_01H', name: 'org_01H' },
  ])
  expect(await rowsOf(source, 'memberships')).toEqual([
    { person: 'auth0|1', organization: 'o-1', roles: ['owner', 'billing'] },
    { person: 'auth0|2', organization: 'o-1', roles: [] },
    { person: 'auth0|3', organization: 'org_01H', roles: ['member'] },
  ])
})

it('does not believe that everybody from Clerk is verified', async () => {
  const row = (id: string, listed: string) =>
    `${id}@example.com,,,,,,true,${id},"{""verified_email_addresses"":""${listed}""}",,,,\n`
  const from = packed(
    { 'users.csv': `${USERS}\n${row('a', 'a@example.com')}${row('b', 'other@example.com')}` },
    'clerk',
  )
  expect((await rowsOf(workosPackageSource({ from }))).map(({ emailVerified }) => emailVerified)).toEqual([true, false])
})

it('reads a file of users alone', async () => {
  const from = folder.write('people.csv', `email,external_id,org_external_id\r\na@example.com,u-1,o-1\r\n`)
  const source = workosPackageSource({ from })
  expect(await rowsOf(source)).toMatchObject([{ id: 'u-1', email: 'a@example.com' }])
  expect(await rowsOf(source, 'memberships')).toEqual([{ person: 'u-1', organization: 'o-1', roles: [] }])
})

it('hands metadata that is no object on, to be refused', async () => {
  const from = packed({ 'users.csv': `${USERS}\na@example.com,,,,,,,u-1,{broken,,,,\n` })
  expect(await rowsOf(workosPackageSource({ from }))).toMatchObject([{ id: 'u-1', metadata: '{broken' }])
})

it('says what is wrong with a package', async () => {
  const from = packed({ 'organizations.csv': '' })
  expect(await mistakeOf(() => rowsOf(workosPackageSource({ from })))).toContain('has no users.csv')
  folder.write('package/users.csv', 'email,first_name\na@example.com,Ada\n')
  expect(await mistakeOf(() => rowsOf(workosPackageSource({ from })))).toContain('has no column "external_id"')
  folder.write('package/manifest.json', '{"schemaVersion":2}')
  expect(await mistakeOf(() => rowsOf(workosPackageSource({ from }), 'organizations'))).toContain('schemaVersion 1')
  expect(await mistakeOf(() => workosPackageSource({ from: '' }))).toContain('workosPackageSource.from')
})
