import { memoryExchanges, type Account, type ExchangeUse, type Membership, type RoleGrant } from '@dualauth/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AUTOMATIC, late, sharedFeed } from './meanwhile.js'
import { createWorld, share, type World } from './world.js'

// What an exchange never brings, whatever the two sides and `link` say: the invariant of `at-most-three.test.ts`, by its newer rules.

const MONTH = 30 * 86_400
const ROLES = ['user', 'editor', 'admin'] as const
const ORGANIZATIONS = ['acme', 'globex'] as const

const role = fc.constantFrom(...ROLES)
const organization = fc.constantFrom(...ORGANIZATIONS)
const grant: fc.Arbitrary<RoleGrant> = fc.oneof(role, fc.record({ role, organization }))
const membership: fc.Arbitrary<Membership> = fc.oneof(
  organization,
  fc.record({ organization, roles: fc.uniqueArray(role, { maxLength: 2 }) }),
)
/** What `link` says of the account, for one side. */
const account = fc.record(
  {
    organization: fc.option(organization),
    roles: fc.uniqueArray(grant, { maxLength: 3 }),
    memberships: fc.uniqueArray(membership, { maxLength: 2 }),
  },
  { requiredKeys: [] },
)

describe('an exchange', () => {
  it('brings no role in any organization that a request may name, nor in none', async () => {
    let handedOut = 0
    await fc.assert(
      fc.asyncProperty(
        account,
        fc.option(account, { nil: null }),
        fc.record({ org: fc.option(organization), roles: fc.subarray([...ROLES]) }),
        fc.subarray([...ROLES], { minLength: 1 }),
        async (before, other, stated, newRoles) => {
          // The same on both sides is the usual case.
          const after = other ?? before
          const link = ({ verifier, subject }: { verifier: string; subject: string }): Account => ({
            id: subject,
            ...(verifier === 'legacy' ? before : after),
          })
          const named = ({ header }: { header(name: string): string | null }) => {
            const name = header('x-organization')
            return name === 'none' ? null : (name ?? undefined)
          }
          const world = createWorld({ options: { link, organization: named } as never })
          await world.join('ada', { role: newRoles.join(',') })
          const old = `old=${world.old('ada', { roles: stated.roles, ...(stated.org !== null && { org: stated.org }) })}`
          const reply = await world.browser(old)
          expect([200, 403]).toContain(reply.status)
          if (reply.status !== 200) return
          handedOut++
          const rolesOf = async (cookie: string, name: string | null): Promise<readonly string[] | null> => {
            const headers = { cookie, ...(name !== null && { 'x-organization': name }) }
            const result = await world.auth.authenticate({ method: 'GET', headers }, { fresh: true })
            return result.ok ? result.principal.roles : null
          }
          for (const name of [null, 'none', ...ORGANIZATIONS]) {
            const [had, has] = [await rolesOf(old, name), await rolesOf(reply.cookie, name)]
            if (has !== null) expect([name, had]).toEqual([name, expect.arrayContaining([...has])])
          }
        },
      ),
      { numRuns: 150 },
    )
    expect(handedOut).toBeGreaterThan(10)
  }, 120_000)

  it('ends with whatever came out of it, whichever of them ends and wherever', async () => {
    const at = fc.integer({ min: 0, max: 1 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(at, { minLength: 1, maxLength: 3 }),
        fc.option(fc.constant('s1')),
        fc.nat(),
        at,
        async (exchanged, sid, which, where) => {
          const options = {
            shared: share(),
            options: { revocations: sharedFeed() },
            exchange: { exchanges: memoryExchanges() },
          }
          const worlds = [createWorld(options), createWorld(options)] as const
          await worlds[0].join('ada')
          const old = `old=${worlds[0].old('ada', sid === null ? {} : { sid })}`
          const cookies = [old]
          for (const place of exchanged) cookies.push((await (worlds[place] as World).browser(old)).cookie)
          const [phone, others] = [`old=${worlds[0].old('ada', { sid: 's2' })}`, worlds[where as 0 | 1]]
          await others.auth.signOut({ method: 'POST', headers: { cookie: cookies[which % cookies.length] as string } })
          for (const world of worlds) {
            for (const cookie of cookies) expect(await world.use({ cookie })).toBe('credential_revoked')
            expect(await world.use({ cookie: phone })).toBe('legacy ada')
          }
          for (const world of worlds) await world.auth.close()
        },
      ),
      { numRuns: 25 },
    )
  }, 120_000)

  it('is counted by the session, however its cookie rolls, for as long as is documented', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<('asked' | 'automatic')[]>('asked', 'automatic'), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        fc.integer({ min: 120, max: 400_000 }),
        fc.boolean(),
        fc.integer({ min: 300, max: 3_000_000 }),
        async (turns, isOfSession, life, renew, maxAgeSeconds) => {
          const uses: ExchangeUse[] = []
          const memory = memoryExchanges()
          const exchanges = { ...memory, take: (use: ExchangeUse) => (uses.push(use), memory.take(use)) }
          const world = createWorld({
            ...AUTOMATIC,
            exchange: { ...AUTOMATIC.exchange, exchanges, renew, maxAgeSeconds },
          })
          await world.join('ada')
          const now = Math.floor(Date.now() / 1000)
          // Each answer of the old side renews its cookie; one of no session is the same each time.
          const same = world.old('ada', { exp: now + life })
          const rolled = (turn: number): string =>
            `old=${isOfSession ? world.old('ada', { exp: now + life, turn, sid: 's1' }) : same}`
          const given = new Set<string>()
          for (const [turn, how] of turns.entries()) {
            if (how === 'automatic') (await late(world, rolled(turn)))?.drop('renewed')
            else {
              const reply = await world.browser(rolled(turn))
              expect([200, 403]).toContain(reply.status)
              if (reply.status === 200) given.add(reply.cookie)
            }
          }
          expect(given.size).toBeLessThanOrEqual(1)
          await world.auth.close()
          expect(world.shared.server.tables.session.length).toBeLessThanOrEqual(1)
          expect(new Set(uses.map(({ key }) => key)).size).toBeLessThanOrEqual(1)
          for (const { endsAt, most } of uses) {
            const least = Math.max(now + life, renew ? now + maxAgeSeconds : 0, isOfSession ? now + MONTH : 0)
            expect([most, (endsAt as number) / 1000]).toEqual([3, expect.any(Number)])
            expect((endsAt as number) / 1000).toBeGreaterThanOrEqual(least)
          }
        },
      ),
      { numRuns: 25 },
    )
  }, 120_000)
})
