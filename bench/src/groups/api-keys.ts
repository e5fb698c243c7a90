import {
  apiKeys,
  betterAuthApiKeys,
  createApiKey,
  createDualAuth,
  type ApiKeyStore,
  type DualAuth,
  type Query,
} from '@dualauth/core'
import { installSchema, storedApiKeys } from '@dualauth/postgres'
import { startBetterAuth, type RealBetterAuth } from '../better-auth.js'
import { assertJudges, type Contender } from '../contenders.js'
import type { Group } from '../group.js'
import { mustAccept, mustRefuse, requestWith } from '../our-auth.js'
import { startPostgres, type Postgres } from '../postgres.js'
import type { Row } from '../row.js'
import { each, eachTimed, takeTurns } from '../turns.js'

const KEYS = 100
const JUNK = 2000
const FEW = 1_000
const MANY = 1_000_000
const PREFIX = 'sk_live_'

/** Beside Better Auth's `verifyApiKey` over the same database. */
export const apiKeysGroup: Group = {
  name: 'api-keys',
  title: 'API keys, in process',
  async measure({ quick }) {
    const postgres = await startPostgres()
    try {
      const rounds = quick ? 2 : 10
      const sound = await measureSound(postgres, rounds)
      const stored = await measureStored(postgres, rounds, quick ? 100_000 : MANY)
      return [...sound, ...stored, await measureJunk(quick ? 8 : 60)]
    } finally {
      await postgres.stop()
    }
  },
}

async function measureSound({ pool, query }: Postgres, rounds: number): Promise<Row[]> {
  const real = await startBetterAuth(pool)
  const { userId } = await real.signUp()
  const keys: string[] = []
  for (let index = 0; index < KEYS; index++) keys.push(await real.createApiKey(userId))
  const own = await mintedKeys(query)
  const plugin = (countUsage: boolean) =>
    createDualAuth({ verifiers: [betterAuthApiKeys({ name: 'keys', query, countUsage })] })
  const contenders: Record<string, [Contender, readonly string[]]> = {
    minted: [
      ours(createDualAuth({ verifiers: [apiKeys({ name: 'keys', prefix: PREFIX, keys: storeOf(query) })] })),
      own,
    ],
    counting: [ours(plugin(true)), keys],
    reading: [ours(plugin(false)), keys],
    peer: [verifyApiKey(real), keys],
  }
  const turns: Record<string, () => unknown> = {}
  for (const [name, [contender, credentials]] of Object.entries(contenders)) {
    await assertJudges(name, contender, credentials[0]!, otherKey(credentials[0]!))
    turns[name] = eachTimed(KEYS, await contender(credentials))
  }
  const { minted = [], counting = [], reading = [], peer = [] } = await takeTurns(turns, { rounds, operations: KEYS })
  const row = { unit: 'µs, p50', peerName: 'verifyApiKey' }
  const target = { figure: 'peer / ours', atLeast: 5 } as const
  return [
    { ...row, what: 'apiKeys, first sight, PostgreSQL', series: { ours: minted, peer }, target },
    { ...row, what: 'betterAuthApiKeys, counting use', series: { ours: counting, peer }, target },
    { ...row, what: 'betterAuthApiKeys, reading only', series: { ours: reading, peer }, target },
  ]
}

/** The look-up among few and among many rows, beside a SELECT by hand that writes no last use. */
async function measureStored({ query }: Postgres, rounds: number, many: number): Promise<Row[]> {
  await installSchema(query)
  const [few, large] = [await tableOf(query, 'few_keys', FEW), await tableOf(query, 'many_keys', many)]
  const byHand = storeOf(query, 'few_keys')
  const stores = { few: [few.store, few.keys], large: [large.store, large.keys], byHand: [byHand, few.keys] } as const
  const turns: Record<string, () => unknown> = {}
  for (const [name, [store, credentials]] of Object.entries(stores)) {
    const contender = ours(createDualAuth({ verifiers: [apiKeys({ name: 'keys', prefix: PREFIX, keys: store })] }))
    await assertJudges(name, contender, credentials[0]!, otherKey(credentials[0]!))
    turns[name] = eachTimed(KEYS, await contender(credentials))
  }
  const samples = await takeTurns(turns, { rounds, operations: KEYS })
  const row = { unit: 'µs, p50' }
  return [
    {
      ...row,
      what: `storedApiKeys, first sight, ${many.toLocaleString('en')} rows`,
      limitName: `${FEW.toLocaleString('en')} rows`,
      series: { ours: samples['large'] ?? [], limit: samples['few'] ?? [] },
      target: { figure: 'ours / limit', atMost: 1.15 },
    },
    {
      ...row,
      what: `storedApiKeys, first sight, ${FEW.toLocaleString('en')} rows`,
      peerName: 'SELECT by hand',
      series: { ours: samples['few'] ?? [], peer: samples['byHand'] ?? [] },
      target: { figure: 'ours / peer' },
    },
  ]
}

/** A table like our own with so many keys, of which some are known here. */
async function tableOf(
  query: Query,
  table: string,
  rows: number,
): Promise<{ readonly store: ApiKeyStore; readonly keys: readonly string[] }> {
  await query(`CREATE TABLE ${table} (LIKE dualauth.api_key INCLUDING ALL)`, [])
  await query(
    `INSERT INTO ${table} (id, hash, start, owner_kind, owner_id, scopes)
     SELECT 'key_' || gen_random_uuid(), translate(encode(sha256(n::text::bytea), 'base64'), '+/=', '-_'),
       'sk_live_0000', 'user', (n % 1000)::text, '{*}' FROM generate_series(1, $1::text::integer) AS n`,
    [String(rows - KEYS)],
  )
  const store = storedApiKeys(query, {
    table,
    columns: {
      id: 'id',
      hash: 'hash',
      start: 'start',
      ownerKind: 'owner_kind',
      ownerId: 'owner_id',
      organization: 'organization',
      name: 'name',
      scopes: 'scopes',
      createdBy: 'created_by',
      createdAt: 'created_at',
      lastUsedAt: 'last_used_at',
      expiresAt: 'expires_at',
      revokedAt: 'revoked_at',
    },
  })
  const keys: string[] = []
  for (let index = 0; index < KEYS; index++) {
    const made = await store.create({ owner: { kind: 'user', id: '1' }, prefix: PREFIX, scopes: ['*'] })
    if (!made.ok) throw made.error
    keys.push(made.key)
  }
  await query(`ANALYZE ${table}`, [])
  return { store, keys }
}

/** Of the minted form with a wrong checksum: nothing is asked. */
async function measureJunk(rounds: number): Promise<Row> {
  const keys: ApiKeyStore = {
    findByHash: () => {
      throw new Error('junk must cost no statement')
    },
  }
  const auth = createDualAuth({ verifiers: [apiKeys({ name: 'keys', prefix: PREFIX, keys })] })
  const junk = await Promise.all(Array.from({ length: JUNK }, async () => otherKey(await mint())))
  const requests = junk.map((key) => requestWith('X-Api-Key', key))
  const refuse = each(JUNK, (index) => mustRefuse(auth, requests[index]!))
  const series = await takeTurns({ ours: refuse }, { rounds, operations: JUNK })
  return { what: 'junk key refused by its checksum', unit: 'µs', series, target: { figure: 'ours', atMost: 2 } }
}

function ours(auth: DualAuth): Contender {
  return (keys) => {
    const requests = keys.map((key) => requestWith('X-Api-Key', key))
    return (index) => mustAccept(auth, requests[index]!)
  }
}

function verifyApiKey(real: RealBetterAuth): Contender {
  return (keys) => async (index) => {
    if (!(await real.verifyApiKey(keys[index]!)).valid) throw new Error('is not valid')
  }
}

async function mint(): Promise<string> {
  return (await createApiKey({ prefix: PREFIX, owner: { kind: 'user', id: '1' }, scopes: [] })).key
}

async function mintedKeys(query: Query): Promise<readonly string[]> {
  await query('CREATE TABLE api_key (hash text PRIMARY KEY, id text NOT NULL, owner_id text NOT NULL)', [])
  const keys: string[] = []
  for (let index = 0; index < KEYS; index++) {
    const { key, record } = await createApiKey({ prefix: PREFIX, owner: { kind: 'user', id: '1' }, scopes: [] })
    await query('INSERT INTO api_key VALUES ($1, $2, $3)', [record.hash, record.id, record.owner.id])
    keys.push(key)
  }
  return keys
}

function storeOf(query: Query, table = 'api_key'): ApiKeyStore {
  return {
    async findByHash(hash) {
      const [row] = await query(`SELECT id, owner_id FROM ${table} WHERE hash = $1`, [hash])
      if (row === undefined) return null
      const owner = { kind: 'user', id: row['owner_id'] as string } as const
      return { id: row['id'] as string, hash, owner, scopes: [], revokedAt: null }
    },
  }
}

/** The same form with another last character. */
function otherKey(key: string): string {
  return `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`
}
