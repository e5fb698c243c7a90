import { createHash } from 'node:crypto'
import {
  betterAuthApiKeys,
  createDualAuth,
  sqlMembers,
  sqlSessions,
  sqlUsers,
  type LinkInput,
  type Query,
} from '@dualauth/core'
import {
  accounts,
  listAudit,
  policies,
  postgresAudit,
  postgresEvidence,
  postgresExchanges,
  postgresPolicy,
  readRetireFacts,
  storedApiKeys,
  workosSync,
  type Accounts,
  type AccountsOptions,
  type StoredApiKeysOptions,
} from '../../src/index.js'
import { identity, PEOPLE } from './people.js'
import { DAY, heartbeat, sighting } from './sightings.js'

/** The tables of two applications, one with plain types and one with all others; and Better Auth's own. */
export const TABLES = `${PEOPLE}
create type key_owner as enum ('user', 'service', 'organization');
create domain person_id as varchar(64);
create domain moment as timestamptz;
create table people (pid person_id primary key default ('p-' || gen_random_uuid()), mail varchar(100) unique,
  state member_role not null default 'MEMBER', home name, since moment, number numeric, roles varchar);
create table places (id name primary key, closed_at moment);
create table stays (person varchar(64), place varchar(32), roles varchar[], gone boolean);
create table people_roles (person person_id, role member_role, place bpchar);
create table people_grants (person text, resource varchar(20), action person_id, place varchar);
insert into people (pid, mail, home, since, number, roles) values ('p-1', 'Ada@example.com', 'berlin', now(), 1.5, 'a b');
insert into places (id) values ('berlin');
insert into stays values ('p-1', 'berlin', '{admin}', false);
insert into people_roles values ('p-1', 'ADMIN', 'berlin');
insert into people_grants values ('p-1', 'things', 'read', 'berlin');
create table api_keys (id varchar(64) primary key, hash varchar(64) unique, owner varchar(64), kind key_owner,
  place name, title varchar, start varchar(30), scopes varchar[], made_by varchar, made_at moment,
  used_at timestamp, ends_at moment, ended_at timestamp);
create table "user" (id text primary key, email text, "emailVerified" boolean, name text, image text, role text,
  banned boolean, "banExpires" timestamptz);
create table session (id text primary key, token text unique, "userId" text, "expiresAt" timestamptz,
  "createdAt" timestamptz, "updatedAt" timestamptz, "activeOrganizationId" text);
create table member (id text, "organizationId" text, "userId" text, role text);
create table apikey (id text primary key, key text, name text, enabled boolean, permissions text, "expiresAt" timestamptz,
  "createdAt" timestamptz, "updatedAt" timestamptz, remaining integer, "refillAmount" integer, "refillInterval" integer,
  "lastRefillAt" timestamptz, "rateLimitEnabled" boolean, "rateLimitMax" integer, "rateLimitTimeWindow" integer,
  "requestCount" integer, "lastRequest" timestamptz, "referenceId" text, "configId" text);
insert into "user" values ('u1', 'ada@example.com', true, 'Ada', null, null, true, now() - interval '1 day');
insert into session values ('s1', 'token', 'u1', now() + interval '1 day', now(), now(), 'acme');
insert into member values ('m1', 'acme', 'u1', 'owner');
insert into apikey values ('k1', '${createHash('sha256').update(betterAuthKey()).digest('base64url')}', null, true, null, null,
  now(), now(), 10, 5, 1, null, true, 10, 60000, 0, null, 'u1', 'default');
`

function betterAuthKey(): string {
  return 'a'.repeat(64)
}

const VERIFIERS: NonNullable<AccountsOptions['verifiers']> = {
  made: { groups: 'groups', provision: 'create' },
  other: { provision: { columns: ({ claims }) => ({ [String(claims['column'])]: claims['email'] as string }) } },
  own: { ownId: 'subject' },
  synced: { ownId: { claim: 'own' }, synced: true },
  mapped: { ownId: { claim: 'own' }, synced: true, mapped: true },
  asked: { ownId: { claim: 'own' }, provision: async () => ({ refuse: 'account_conflict', reason: 'later' }) },
}

const PLAIN: AccountsOptions<'name'> = {
  users: {
    table: 'users',
    email: 'email',
    emailVerified: 'email_verified',
    active: 'is_active',
    deactivated: 'deleted_at',
    roles: { column: 'role', separator: ' ' },
    fields: { name: 'display_name' },
  },
  memberships: {
    table: 'organization_memberships',
    user: 'user_id',
    organization: 'organization_id',
    role: 'role',
    deactivated: 'left_at',
  },
  organizations: { table: 'organizations', active: 'is_active' },
  grants: true,
  verifiers: VERIFIERS,
}

const ODD: AccountsOptions<'number' | 'since'> = {
  users: {
    table: 'people',
    id: 'pid',
    email: 'mail',
    organization: 'home',
    roles: 'roles',
    status: { column: 'state', active: ['MEMBER', 'ADMIN'] },
    fields: { number: 'number', since: 'since' },
  },
  memberships: { table: 'stays', user: 'person', organization: 'place', role: 'roles', deactivated: 'gone' },
  organizations: { table: 'places', deactivated: 'closed_at' },
  roles: { table: 'people_roles', user: 'person', role: 'role', organization: 'place' },
  grants: { table: 'people_grants', user: 'person', resource: 'resource', action: 'action', organization: 'place' },
  verifiers: VERIFIERS,
}

/** Without memberships: organizations that a credential names are looked up. */
const NAMED: AccountsOptions = {
  users: { table: 'people', id: 'pid', email: 'mail' },
  organizations: { table: 'places' },
  verifiers: VERIFIERS,
}

const ODD_KEYS: StoredApiKeysOptions = {
  table: 'api_keys',
  columns: {
    id: 'id',
    hash: 'hash',
    ownerId: 'owner',
    ownerKind: 'kind',
    organization: 'place',
    name: 'title',
    start: 'start',
    scopes: 'scopes',
    createdBy: 'made_by',
    createdAt: 'made_at',
    lastUsedAt: 'used_at',
    expiresAt: 'ends_at',
    revokedAt: 'ended_at',
  },
  hash: 'hex',
}

/** Runs every operation of this package and of core's readers of Better Auth's tables, over the tables above. */
export async function everyOperation(query: Query): Promise<void> {
  await events(query)
  await exchanges(query)
  await people(accounts(query, PLAIN), 'email')
  await people(accounts(query, ODD), 'mail')
  await people(accounts(query, NAMED), 'mail')
  await machines(query)
  await machines(query, ODD_KEYS)
  await steering(query)
  await betterAuthTables(query)
}

async function events(query: Query): Promise<void> {
  const sync = workosSync(query)
  const held = { holder: 'one', leaseMs: 1000 }
  const objects = [
    ['user', { id: 'user_1', external_id: 'u' }],
    ['organization', { id: 'org_1' }],
    [
      'organization_membership',
      { id: 'om_1', user_id: 'user_1', organization_id: 'org_1', status: 'active', role: { slug: 'admin' } },
    ],
  ] as const
  await sync.begin(held)
  for (const change of ['created', 'updated', 'unknown'])
    for (const [kind, data] of objects) {
      const id = `event_${globalThis.crypto.randomUUID().replaceAll('-', '')}`
      const moment = new Date().toISOString()
      const event = { id, event: `${kind}.${change}`, createdAt: moment, data: { ...data, updated_at: moment } }
      await sync.apply(event, { settle: false })
      await sync.settle(id)
    }
  for (const dryRun of [true, false])
    for (const [kind, data] of objects)
      await sync.keep(kind, [{ ...data, updated_at: new Date().toISOString() }], { dryRun })
  await sync.advance(held, 'event_1')
  await sync.end(held)
  await sync.imports.begin(held)
  await sync.imports.advance(held, 'user_1')
  await sync.imports.end(held)
}

async function exchanges(query: Query): Promise<void> {
  const store = postgresExchanges(query)
  const key = globalThis.crypto.randomUUID()
  for (const endsAt of [Date.now(), null]) await store.take({ key, most: 3, endsAt })
  await store.giveBack(key)
  await store.relate?.([Date.now(), null].map((endsAt, at) => ({ key, revocation: `{"n":${at}}`, endsAt })))
  await store.relatedTo?.(key)
}

async function people<Fields extends string>({ link, ...all }: Accounts<Fields>, email: string): Promise<void> {
  const tag = globalThis.crypto.randomUUID()
  const decided = { actor: 'alice', reason: 'because' }
  const of = (verifier: string, more: Partial<LinkInput> = {}): LinkInput =>
    identity({
      verifier,
      subject: tag,
      organization: 'berlin',
      claims: { email: `${tag}@example.com`, groups: ['g'], column: email },
      ...more,
    } as Partial<LinkInput> & { subject: string })
  const key = { verifier: 'made', issuer: of('made').issuer, subject: tag }
  const place = { verifier: 'made', issuer: key.issuer, kind: 'group' as const, externalId: 'g', actor: 'alice' }
  await all.ready()
  await all.organizations.set({ ...place, organization: 'berlin', roles: ['admin'] })
  await all.organizations.list()
  await all.organizations.list('berlin')
  const made = await link(of('made'))
  const id = made !== null && 'id' in made ? made.id : ''
  if (id === '') throw new Error(`nobody was made: ${JSON.stringify(made)}`)
  await link(of('made'))
  await link(of('own', { subject: id }))
  for (const verifier of ['synced', 'mapped'])
    await link(of(verifier, { subject: 'user_1', organization: 'org_1', claims: { own: id } }))
  // The address is taken: a conflict, recorded twice.
  await link(of('other', { subject: `${tag}-2` }))
  await link(of('other', { subject: `${tag}-2` }))
  await link(of('asked', { subject: `${tag}-3` }))
  await all.find(id)
  await all.conflicts.count()
  const open = await all.conflicts.list({ kind: 'address_taken' })
  for (const { id: conflict } of open)
    await all.conflicts.resolve(conflict, { ...decided, resolution: 'link', account: id })
  for (const { id: conflict } of await all.conflicts.list())
    await all.conflicts.resolve(conflict, { ...decided, resolution: 'separate' })
  await link(of('asked', { subject: `${tag}-3` }))
  await all.links.list(id)
  await all.links.find(key)
  await all.links.find({ verifier: key.verifier, subject: key.subject })
  await all.links.end({ ...key, ...decided })
  await all.links.add({ ...key, ...decided, account: id, reopen: true })
  const grant = { account: id, organization: 'berlin', actor: 'alice' }
  await all.grants.add({ ...grant, permission: 'things:read' })
  await all.grants.list(id)
  await all.grants.remove({ ...grant, permission: 'things:read' })
  await all.organizations.remove(place)
}

async function machines(query: Query, options?: StoredApiKeysOptions): Promise<void> {
  const keys = storedApiKeys(query, options)
  await keys.ready()
  const owner = { kind: 'user', id: globalThis.crypto.randomUUID() } as const
  const make = { owner, prefix: 'sk_', scopes: ['a:b'], organization: 'berlin', lifetimeMs: DAY, by: 'alice' }
  const made = [
    await keys.create({ ...make, name: 'one', maxActive: 5 }),
    await keys.create(make),
    await keys.create(make),
  ]
  for (const one of made) {
    if (!one.ok) throw one.error
    const { id } = one.apiKey
    if ((await keys.findByHash(await keys.hash(one.key))) === null) throw new Error('the key is not found')
    await keys.get({ owner: 'any', id })
    await keys.rename({ owner, id, name: 'two' })
    await keys.rotate({ owner, id, prefix: 'sk_', overlapMs: 1000, by: 'alice' })
    await keys.expire({ owner, id, afterMs: 500, by: 'alice' })
    await keys.revoke({ owner, id, by: 'alice' })
  }
  for (let cursor: string | null = null, page = 0; page === 0 || cursor !== null; page++) {
    const found: Awaited<ReturnType<typeof keys.list>> = await keys.list({ owner, limit: 2, cursor })
    if (!found.ok) throw found.error
    cursor = found.cursor
  }
}

async function steering(query: Query): Promise<void> {
  const now = Date.now()
  const all = policies(query)
  const change = { migration: `m${now}`, actor: 'alice', reason: 'because', force: true, acceptLogouts: 10 }
  const { migration } = change
  const evidence = postgresEvidence(query)
  await evidence.ready()
  const mine = { migration, organization: 'acme', expiresAt: now + DAY }
  for (const at of [now - DAY, now])
    await evidence.write(
      [sighting('u1', at, mine), sighting('u2', at, { ...mine, side: 'new' }), sighting(null, at, mine)],
      heartbeat(at, { migration, version: null }),
    )
  await all.write({ ...change, expectedVersion: 0, document: { stage: 'dual' } })
  const second = await all.write({ ...change, expectedVersion: 1, document: { stage: 'prefer-new' } })
  if (!second.ok) throw new Error('the policy was not written')
  await all.rollback({ ...change, expectedVersion: 2, to: 1 })
  await all.plan({ migration, document: { stage: 'off' } })
  await all.history({ migration, before: 3 })
  const bad = `insert into dualauth.policy (migration, version, document, actor, reason) values ($1::text, 9, '[]'::jsonb, 'x', 'y')`
  await query(bad, [migration])
  await all.read(migration)
  const current = await all.current(migration)
  if (current?.version !== 3) throw new Error('the policy that counts is not found')
  await postgresPolicy(query, { migration }).load()
  const { uses, heartbeats } = await readRetireFacts(query, { migration })
  if (uses.length === 0 || heartbeats.length === 0) throw new Error('nothing was seen')
  const VIEWS = ['member_migration', 'user_migration', 'organization_progress', 'migration_progress', 'daily_progress']
  for (const view of VIEWS) {
    const rows = await query(`select * from dualauth.${view} v where v.migration = $1::text`, [migration])
    if (rows.length === 0) throw new Error(`${view} is empty`)
  }
  await evidence.erase('u1')
  await evidence.forget({ before: new Date(now).toISOString().slice(0, 10) })
  await listAudit(query, { before: '999999999', subject: migration })
  const seen = { actor: 'instance', event: 'requests.refused', organization: null, subject: null, reason: 'expired' }
  await postgresAudit(query).write([{ ...seen, at: now, data: { verifier: 'legacy', count: 3 } }])
  const [logged] = await query(
    'select l.auth_method, l.success, l.times::text as times from dualauth.auth_audit_log l where l.event_type = $1::text limit 1',
    [seen.event],
  )
  if (logged?.['auth_method'] !== 'legacy' || logged['times'] !== '3') throw new Error('what was recorded is not found')
}

async function betterAuthTables(query: Query): Promise<void> {
  const sessions = sqlSessions(query, { organizations: true })
  const found = await sessions.find('token', { names: [], values: () => [] })
  if (found === null) throw new Error('the session is not found')
  const { expiresAt } = found.session
  await sessions.extend?.('token', expiresAt, Date.now() + DAY, Date.now())
  await sqlMembers(query)('u1', 'acme')
  await sqlUsers(query)('u1')
  const auth = createDualAuth({
    verifiers: [betterAuthApiKeys({ name: 'ba', query, withoutPermissions: 'everything' })],
  })
  for (let turn = 0; turn < 3; turn++) {
    const result = await auth.authenticate({ method: 'GET', headers: { 'x-api-key': betterAuthKey() } })
    if (!result.ok && result.error.status >= 500) throw result.error
  }
}
