// An API notes whom it has seen on the old side. What a crash may lose is what was seen since the last write.
import { randomBytes, randomUUID } from 'node:crypto'
import { apiKeys, createDualAuth, legacyJwt, memoryApiKeys } from '@dualauth/core'
import { postgresEvidence } from '@dualauth/postgres'
import { signJwt } from '@dualauth/testing'

const FLUSH_MS = 100
/** A write that was under way, on a busy machine. */
const WRITE_MS = 400

/** What `acts.mjs` lists. Long enough for some writes. */
export const evidenceAct = { work, check, lifeMs: 2_000 }

async function work({ query, report }) {
  const secret = randomBytes(48).toString('base64url')
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [secret], purpose: 'only-access-tokens' }),
      apiKeys({ name: 'new', prefix: 'sk_', keys: memoryApiKeys() }),
    ],
    link: ({ subject }) => ({ id: subject }),
    migration: {
      name: 'killed',
      from: ['legacy'],
      to: 'new',
      policy: { version: 1, stage: 'dual' },
      evidence: postgresEvidence(query),
      flushMs: FLUSH_MS,
    },
  })
  const run = randomUUID()
  for (let at = 0; ; at++) {
    const now = Math.floor(Date.now() / 1000)
    const claims = { sub: `${run}-${at}`, iat: now, exp: now + 60 }
    const authorization = `Bearer ${signJwt({ algorithm: 'HS256', key: secret, claims })}`
    const result = await auth.authenticate({ method: 'GET', headers: { authorization } })
    if (!result.ok) throw result.error
    report({ run, user: claims.sub, at: Date.now() })
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

async function check({ query, reports }) {
  const rows = await query(
    `select user_id, uses::text as uses from dualauth.evidence where migration = 'killed' and side = 'old'`,
    [],
  )
  const known = new Map(rows.map(({ user_id: user, uses }) => [user, uses]))
  const ends = new Map()
  for (const { run, at } of reports) ends.set(run, Math.max(at, ends.get(run) ?? 0))
  const old = reports.filter(({ run, at }) => at < ends.get(run) - FLUSH_MS - WRITE_MS)
  if (old.length === 0) throw new Error('nothing was written before a kill')
  const missing = old.filter(({ user }) => !known.has(user))
  if (missing.length > 0) throw new Error(`${missing.length} sightings are lost that were due long before the kill`)
  const twice = [...known.values()].filter((uses) => uses !== '1')
  if (twice.length > 0) throw new Error(`${twice.length} sightings were counted twice`)
  return `${reports.length} sightings; ${reports.length - known.size} of the last moments were lost, and none of the ${old.length} before`
}
