import { createEmbedded } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import type { Query, SessionMinter } from '@dualauth/core'
import { installSchema, postgresExchanges } from '@dualauth/postgres'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, share, type World } from './world.js'

const ROLES = ['user', 'editor', 'admin'] as const

/** One call of somebody who holds the credential. */
const call = fc.record({
  instance: fc.integer({ min: 0, max: 2 }),
  carrier: fc.constantFrom<('cookie' | 'bearer' | 'tokens')[]>('cookie', 'bearer', 'tokens'),
  /** Of turns of the event loop, before the minter answers. */
  turns: fc.integer({ min: 0, max: 5 }),
  outcome: fc.constantFrom<('minted' | 'away' | 'another' | 'longer')[]>(
    'minted',
    'minted',
    'minted',
    'away',
    'another',
    'longer',
  ),
})
type Step = { readonly turns: number; readonly outcome: string }

describe('exchanges of one credential, at several instances over one database', () => {
  let pglite: PGlite
  let query: Query
  beforeAll(async () => {
    pglite = await createEmbedded((from) => PGlite.create(from))
    query = async (sql, params) => (await pglite.query(sql, [...params])).rows as Record<string, unknown>[]
    await installSchema(query)
  })
  afterAll(() => pglite.close())

  it('become at most three sessions, none of them longer or stronger, in any order and with any failures', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 14 }),
        fc.subarray([...ROLES]),
        fc.subarray([...ROLES], { minLength: 1 }),
        fc.integer({ min: 60, max: 800_000 }),
        fc.boolean(),
        async (calls, oldRoles, newRoles, life, together) => {
          const shared = share()
          const steps: Step[] = []
          const scripted = (own: SessionMinter): SessionMinter => ({
            ...own,
            mint: (asked) => minting(own, asked, steps),
          })
          const exchange = { exchanges: postgresExchanges(query) }
          const instances = [0, 1, 2].map(() => createWorld({ shared, minter: scripted, exchange, bodyTokens: true }))
          const [first] = instances as [World]
          await first.join('ada', { role: newRoles.join(',') })
          await first.join('bob')
          const exp = Math.floor(Date.now() / 1000) + life
          const old = first.old('ada', { exp, roles: oldRoles })
          const ask = async ({ instance, carrier, ...step }: (typeof calls)[number]) => {
            const world = instances[instance] as World
            steps.push(step)
            if (carrier === 'cookie') return { world, reply: await world.browser(`old=${old}`) }
            return { world, reply: await world.client(old, { tokens: carrier === 'tokens' }) }
          }
          const answers = []
          if (together) answers.push(...(await Promise.all(calls.map(ask))))
          else for (const one of calls) answers.push(await ask(one))

          const given = new Set<string>()
          for (const { world, reply } of answers) {
            expect([200, 403, 503]).toContain(reply.status)
            if (reply.status !== 200) continue
            const token = reply.json['access_token']
            given.add(typeof token === 'string' ? token : reply.cookie)
            const headers = typeof token === 'string' ? { authorization: `Bearer ${token}` } : { cookie: reply.cookie }
            const result = await world.auth.authenticate({ method: 'GET', headers }, { fresh: true })
            const principal = result.ok ? result.principal : null
            expect(principal).toMatchObject({ id: 'ada', organization: null, verifier: 'better-auth' })
            expect(principal?.expiresAt).toBeLessThanOrEqual(exp)
            expect(oldRoles).toEqual(expect.arrayContaining([...(principal?.roles ?? [])]))
          }
          expect(given.size).toBeLessThanOrEqual(3)
          // What nobody got was ended.
          expect(shared.server.tables.session).toHaveLength(given.size)
          for (const world of instances) await world.auth.close()
        },
      ),
      { numRuns: 15 },
    )
  }, 120_000)
})

async function minting(own: SessionMinter, asked: Parameters<SessionMinter['mint']>[0], steps: Step[]) {
  const { turns, outcome } = steps.shift() ?? { turns: 0, outcome: 'minted' }
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
  if (outcome === 'away') throw new Error('the new side is away')
  if (outcome === 'another') return own.mint({ ...asked, principal: { ...asked.principal, id: 'bob' } })
  return own.mint(outcome === 'longer' ? { ...asked, endsAt: asked.endsAt + 3_600 } : asked)
}
