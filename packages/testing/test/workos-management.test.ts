import { WorkOS } from '@workos-inc/node'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startFakeWorkos, type FakeWorkos } from '../src/index.js'

let fake: FakeWorkos
let sdk: WorkOS

beforeAll(async () => {
  fake = await startFakeWorkos()
  const { port } = new URL(fake.origin)
  sdk = new WorkOS(fake.apiKey, { apiHostname: '127.0.0.1', port: Number(port), https: false })
})
afterAll(() => fake.close())
beforeEach(() => {
  fake.management.fails = () => null
})

const BCRYPT = '$2b$10$abcdefghijklmnopqrstuuJwHEnVLdrzTvlkZqcZ2Ozu0CkhFqFHi'
const emailOf = () => `${crypto.randomUUID()}@example.com`

describe('users, organizations and memberships, by the official SDK', () => {
  it('makes, finds, changes and deletes a user, and writes each change to the log', async () => {
    const email = emailOf()
    const user = await sdk.userManagement.createUser({
      email,
      emailVerified: true,
      firstName: 'Ada',
      externalId: 'u-1',
      metadata: { plan: 'pro' },
      passwordHash: BCRYPT,
      passwordHashType: 'bcrypt',
    })
    expect(user).toMatchObject({ email, emailVerified: true, firstName: 'Ada', lastName: null, externalId: 'u-1' })
    expect(await sdk.userManagement.getUserByExternalId('u-1')).toEqual(user)
    expect((await sdk.userManagement.listUsers({ email: email.toUpperCase() })).data).toEqual([user])
    expect((await sdk.userManagement.listUsers({ email: emailOf() })).data).toEqual([])
    const changed = await sdk.userManagement.updateUser({ userId: user.id, lastName: 'Lovelace' })
    expect(changed).toMatchObject({ firstName: 'Ada', lastName: 'Lovelace', metadata: { plan: 'pro' } })
    await sdk.userManagement.deleteUser(user.id)
    await expect(sdk.userManagement.getUser(user.id)).rejects.toMatchObject({ status: 404, code: 'entity_not_found' })
    expect(fake.directory.log.filter(({ data }) => data['id'] === user.id).map(({ event }) => event)).toEqual([
      'user.created',
      'user.updated',
      'user.deleted',
    ])
  })

  it('refuses a second user with an address or an external id, and a hash that is none, as WorkOS does', async () => {
    const email = emailOf()
    await sdk.userManagement.createUser({ email, externalId: 'u-2' })
    await expect(
      sdk.userManagement.createUser({ email: email.toUpperCase(), externalId: 'u-2' }),
    ).rejects.toMatchObject({
      status: 400,
      code: 'user_creation_error',
      errors: [{ code: 'email_not_available' }, { code: 'external_id_already_used' }],
    })
    const bad = { email: emailOf(), passwordHash: 'nothing', passwordHashType: 'bcrypt' } as const
    await expect(sdk.userManagement.createUser(bad)).rejects.toMatchObject({
      status: 400,
      rawData: { code: 'invalid_password_hash' },
    })
    const other = await sdk.userManagement.createUser({ email: emailOf() })
    await expect(sdk.userManagement.updateUser({ userId: other.id, externalId: 'u-2' })).rejects.toMatchObject({
      status: 400,
      rawData: { code: 'external_id_already_used' },
    })
  })

  it('makes organizations and memberships with their roles', async () => {
    const user = await sdk.userManagement.createUser({ email: emailOf() })
    const organization = await sdk.organizations.createOrganization({ name: 'Acme', externalId: 'o-1' })
    expect(await sdk.organizations.getOrganizationByExternalId('o-1')).toEqual(organization)
    const of = { userId: user.id, organizationId: organization.id }
    const membership = await sdk.userManagement.createOrganizationMembership({ ...of, roleSlugs: ['admin', 'billing'] })
    expect(membership).toMatchObject({ ...of, status: 'active', role: { slug: 'admin' } })
    expect((await sdk.userManagement.listOrganizationMemberships(of)).data).toEqual([membership])
    await expect(sdk.userManagement.createOrganizationMembership(of)).rejects.toMatchObject({ status: 400 })
    const changed = await sdk.userManagement.updateOrganizationMembership(membership.id, { roleSlug: 'member' })
    expect(changed.role).toEqual({ slug: 'member' })
    await sdk.organizations.deleteOrganization(organization.id)
    await expect(sdk.userManagement.getOrganizationMembership(membership.id)).rejects.toMatchObject({ status: 404 })
  })

  it('fails on command: before anything was done, or after it', async () => {
    const before = fake.directory.log.length
    fake.management.fails = ({ method }) => (method === 'POST' ? { mode: 'status-429' } : null)
    await expect(sdk.userManagement.createUser({ email: emailOf() })).rejects.toMatchObject({ status: 429 })
    expect(fake.directory.log).toHaveLength(before)
    fake.management.fails = () => ({ mode: { status: 500 }, commits: true })
    const email = emailOf()
    await expect(sdk.userManagement.createUser({ email })).rejects.toMatchObject({ status: 500 })
    expect(fake.directory.log.slice(before).map(({ data }) => data['email'])).toEqual([email])
    expect(fake.management.requests.at(-1)).toEqual({ method: 'POST', path: '/user_management/users' })
  })
})
