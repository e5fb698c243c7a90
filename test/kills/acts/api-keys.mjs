// Keys are made and rotated; a process that is killed must leave each key whole, or not there at all.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { apiKeys, createDualAuth } from '@dualauth/core'
import { storedApiKeys } from '@dualauth/postgres'

/** What `acts.mjs` lists. */
export const apiKeysAct = { work, check }

const PREFIX = 'sk_live_'
const HOUR = 3_600_000
/** An owner for each overlap, so that what is left says what was asked for. */
const OVERLAPS = { none: 0, hour: HOUR }

/** Works until it is killed; what `report` was told has happened. */
async function work({ query, report }) {
  const keys = storedApiKeys(query)
  const must = (result) => {
    if (!result.ok) throw result.error
    return result
  }
  const worker = async (overlap) => {
    const owner = { kind: 'user', id: overlap }
    for (;;) {
      const made = must(await keys.create({ owner, prefix: PREFIX, scopes: ['things:read'], maxActive: 1_000_000 }))
      report({ made: made.apiKey.id, key: made.key })
      const target = { owner, id: made.apiKey.id, prefix: PREFIX, overlapMs: OVERLAPS[overlap] }
      // Two at once: one of them makes a key.
      const [one, other] = await Promise.all([keys.rotate(target), keys.rotate(target)])
      const rotated = must(one.ok ? one : other)
      report({ rotated: made.apiKey.id, old: made.key, overlap, by: rotated.apiKey.id, key: rotated.key })
    }
  }
  await Promise.all(['none', 'hour', 'none', 'hour'].map(worker))
}

/** What must hold of everything that was reported, and of everything that is there. */
async function check({ query, reports }) {
  const keys = storedApiKeys(query, { writeLastUse: false })
  const auth = createDualAuth({
    verifiers: [apiKeys({ name: 'api-key', prefix: PREFIX, keys })],
    link: ({ subject }) => ({ id: subject, permissions: ['things:read'] }),
  })
  const judged = async (key) => {
    const result = await auth.authenticate({ method: 'GET', headers: { 'x-api-key': key } })
    return result.ok ? 'accepted' : result.error.code
  }
  const ended = new Set(reports.filter(({ overlap }) => overlap === 'none').map(({ rotated }) => rotated))
  for (const { made, key } of reports.filter((report) => report.made !== undefined)) {
    const { rotatedAt } = await keys.get({ owner: 'any', id: made })
    // A rotation may have happened whose report was lost with its process.
    const answer = await judged(key)
    if (ended.has(made)) equal(answer, 'credential_expired', 'a key lives on beyond its rotation')
    else if (rotatedAt === null) equal(answer, 'accepted', 'a key that was reported is lost')
  }
  for (const { key, old, overlap } of reports.filter(({ rotated }) => rotated !== undefined)) {
    equal(await judged(key), 'accepted', 'a new key that was reported is lost')
    equal(await judged(old), overlap === 'hour' ? 'accepted' : 'credential_expired')
  }
  await checkTables(query)
  const [{ keys: count, rotations }] = await query(
    `select (select count(*) from dualauth.api_key)::text as keys,
       (select count(*) from dualauth.api_key_rotation)::text as rotations`,
    [],
  )
  return `${count} keys, ${rotations} rotations, ${reports.length} reports`
}

/** Every row is whole, whoever wrote it and however it ended. */
async function checkTables(query) {
  const none = async (what, sql) => deepEqual(await query(sql, []), [], what)
  await none('two keys have one hash', 'select hash from dualauth.api_key group by hash having count(*) > 1')
  await none(
    'a key has not one line of the audit that made it',
    `select k.id from dualauth.api_key k
     left join dualauth.audit a on (a.event = 'api_key.created' and a.subject = k.id)
       or (a.event = 'api_key.rotated' and a.data ->> 'replacement' = k.id)
     group by k.id having count(a.id) <> 1`,
  )
  await none(
    'a rotation has not one line of the audit and one new key',
    `select r.key_id from dualauth.api_key_rotation r
     left join dualauth.audit a on a.event = 'api_key.rotated' and a.subject = r.key_id
     left join dualauth.api_key n on n.id = a.data ->> 'replacement'
     group by r.key_id having count(a.id) <> 1 or count(n.id) <> 1`,
  )
  await none(
    'an old key lives beyond its overlap, or ends before it',
    `select k.id from dualauth.api_key k join dualauth.api_key_rotation r on r.key_id = k.id
     where k.expires_at is distinct from
       r.rotated_at + case k.owner_id when 'hour' then interval '1 hour' else interval '0' end`,
  )
  await none(
    'the replacement of a key is not alive',
    `select n.id from dualauth.audit a join dualauth.api_key n on n.id = a.data ->> 'replacement'
     where a.event = 'api_key.rotated' and (n.revoked_at is not null or n.expires_at is not null)`,
  )
  const rows = await query(
    `select o.owner_id, o.made::text as made, count(a.id)::text as created from dualauth.api_key_owner o
     left join dualauth.audit a on a.event = 'api_key.created' and a.data ->> 'owner' = o.owner_id
     group by o.owner_id, o.made`,
    [],
  )
  for (const { made, created } of rows) ok(Number(made) === Number(created), 'a key was counted that is not there')
}
