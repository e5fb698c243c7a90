import { beforeAll, expect, it } from 'vitest'
import {
  apiKeys,
  createApiKey,
  createDualAuth,
  legacyJwt,
  memoryApiKeys,
  remote,
  serveRemote,
  type LinkInput,
  type Verifier,
} from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { accounts, installSchema, storedApiKeys, type AccountsOptions, type StoredApiKeys } from '../../src/index.js'
import { describePostgres } from '../support/databases.js'

describePostgres('the owner of a stored key', ({ query, run }) => {
  const keys = storedApiKeys(query)
  const verifier = apiKeys({ name: 'api-key', prefix: 'sk_', keys })
  const create = async (owner: { kind: 'user' | 'service'; id: string }): Promise<string> => {
    const made = await keys.create({ owner, prefix: 'sk_', scopes: ['*'] })
    if (!made.ok) throw made.error
    return made.key
  }
  const ask = async (key: string, judge: Verifier = verifier, rules?: AccountsOptions['verifiers']) => {
    const people = accounts(query, { users: { table: 'users' }, ...(rules && { verifiers: rules }) })
    const auth = createDualAuth({ verifiers: [judge], link: people.link })
    const result = await auth.authenticate({ method: 'GET', headers: { authorization: `Bearer ${key}` } })
    return result.ok ? result.principal.id : result.error.code
  }

  beforeAll(async () => {
    await installSchema(query)
    await run(`create table users (id int primary key); insert into users values (1), (2)`)
  })

  it('is the account of that id, without a rule', async () => {
    expect(await ask(await create({ kind: 'user', id: '1' }))).toBe('1')
    expect(await ask(await create({ kind: 'user', id: '3' }))).toBe('identity_unlinked')
  })

  it('is no user where it is a service with the same id', async () => {
    expect(await ask(await create({ kind: 'service', id: '1' }))).toBe('identity_unlinked')
  })

  it('is refused after its link was ended, and is another account where a link says so', async () => {
    const key = await create({ kind: 'user', id: '2' })
    const people = accounts(query, { users: { table: 'users' } })
    const link = { verifier: 'api-key', issuer: 'api-key', subject: '2', actor: 'grace', reason: 'ticket 1' }
    await people.links.add({ ...link, account: '1' })
    expect(await ask(key)).toBe('1')
    await people.links.end(link)
    expect(await ask(key)).toBe('identity_unlinked')
  })

  it('is whoever the rule names, where there is one', async () => {
    const key = await create({ kind: 'user', id: '1' })
    expect(await ask(key, verifier, { 'api-key': { mapped: true } })).toBe('1')
    expect(await ask(key, verifier, { 'api-key': { ownId: { claim: 'external_id' } } })).toBe('identity_unlinked')
  })

  it('is nobody here where the ids of its table are foreign', async () => {
    await run('create table their_keys (id text primary key, owner text, hash text unique, revoked timestamptz)')
    const { key, record } = await createApiKey({ prefix: 'sk_', owner: { kind: 'user', id: '1' }, scopes: ['*'] })
    await run(`insert into their_keys values ('k', '1', '${record.hash}', null)`)
    const stored = (ownIds?: boolean): StoredApiKeys =>
      storedApiKeys(query, {
        table: 'their_keys',
        columns: { id: 'id', ownerId: 'owner', hash: 'hash', revokedAt: 'revoked' },
        ...(ownIds !== undefined && { ownIds }),
      })
    expect(await ask(key, apiKeys({ name: 'api-key', prefix: 'sk_', keys: stored() }))).toBe('1')
    expect(await ask(key, apiKeys({ name: 'api-key', prefix: 'sk_', keys: stored(false) }))).toBe('identity_unlinked')
    expect(await ask(key, apiKeys({ name: 'api-key', prefix: 'sk_', keys: memoryApiKeys([record]) }))).toBe(
      'identity_unlinked',
    )
  })

  it('cannot be claimed by a token, whatever it states and however its verifier is called', async () => {
    const legacy = createLegacyIssuer()
    const claims = { ownSubject: true, owner: { kind: 'user', id: '1' }, keyId: 'k', scopes: ['*'] }
    const token = legacy.sign({ sub: '1', iss: 'api-key', ...claims })
    const judge = legacyJwt({
      name: 'api-key',
      issuer: 'api-key',
      algorithms: ['HS256'],
      secrets: [legacy.secret],
      purpose: 'only-access-tokens',
    })
    expect(await ask(token, judge)).toBe('identity_unlinked')
  })

  it('is not own to an API that asks a service, which may know other people', async () => {
    const key = await create({ kind: 'user', id: '1' })
    const service = createDualAuth({ verifiers: [verifier] })
    const validate = serveRemote(service)
    const judge = remote({ name: 'api-key', credentials: [{ opaque: { prefix: 'sk_' } }], validate })
    expect(await ask(key, judge)).toBe('identity_unlinked')
  })

  it('is said to `link` as own by core alone', async () => {
    const seen: LinkInput[] = []
    const key = await create({ kind: 'user', id: '1' })
    const auth = createDualAuth({
      verifiers: [verifier],
      link: (identity) => {
        seen.push(identity)
        return { id: identity.subject }
      },
    })
    await auth.authenticate({ method: 'GET', headers: { 'x-api-key': key } })
    expect(seen).toMatchObject([{ subject: '1', ownSubject: true }])
  })
})
