import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createDualAuth, keySetAt, legacyJwt, type DualAuth } from '../../src/index.js'
import { createClock, seconds } from '../support/clock.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'
import { ecPair, mint } from '../support/tokens.js'

const pairs = ['a', 'b'].map((kid) => ({ kid, ...ecPair() }))
const LINK_MAX_AGE_MS = 10_000

// Both instances refresh their keys behind the requests: at the same moment, and before the next step.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.5))
afterEach(() => vi.restoreAllMocks())
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * One step: time passes, keys rotate, an account is deactivated or comes back, somebody is revoked,
 * or a request comes.
 */
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ pass: fc.integer({ min: 0, max: 400_000 }) }) },
  { weight: 1, arbitrary: fc.record({ keys: fc.subarray([0, 1], { minLength: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ active: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ revoke: fc.constantFrom('u0', 'u1') }) },
  { weight: 1, arbitrary: fc.record({ denied: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      user: fc.nat(1),
      key: fc.nat(1),
      lifetime: fc.constantFrom(60, 600, 3_600),
      fresh: fc.boolean(),
    }),
  },
)

it('answers as it would without its memory, whatever happens in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const clock = createClock()
      const start = clock.now()
      let published: readonly object[] = pairs.map(({ jwk, kid }) => ({ ...jwk, kid }))
      const fetch = async () => Response.json({ keys: published })
      let [active, denied] = [true, false]
      const open = (remember: false | { linkMaxAgeMs: number }): DualAuth =>
        createDualAuth({
          verifiers: [
            legacyJwt({
              name: 'v',
              algorithms: ['ES256'],
              keySet: keySetAt('https://keys.example/jwks', { fetch }),
              purpose: 'only-access-tokens',
              isRevoked: () => denied,
            }),
          ],
          link: ({ subject }) => ({ id: subject, active }),
          remember,
          now: clock.now,
        }) as unknown as DualAuth
      // Without linkMaxAgeMs there is no stated window but the key set's, which both share.
      const [plain, remembering] = [open(false), open({ linkMaxAgeMs: 0 })]
      try {
        for (const one of steps) {
          await settled()
          if ('pass' in one) clock.advance(one.pass)
          else if ('keys' in one) published = one.keys.map((at) => ({ ...pairs[at]?.jwk, kid: pairs[at]?.kid }))
          else if ('active' in one) active = one.active
          else if ('denied' in one) denied = one.denied
          else if ('revoke' in one)
            await Promise.all([plain, remembering].map((auth) => auth.revoke({ principal: one.revoke })))
          else {
            const { privateKey, kid } = pairs[one.key] as (typeof pairs)[number]
            const claims = { sub: `u${one.user}`, iat: seconds(0), exp: seconds(one.lifetime) }
            const token = memo(`${one.user}.${one.key}.${one.lifetime}.${start}`, () =>
              mint({ algorithm: 'ES256', key: privateKey, header: { alg: 'ES256', kid }, claims }),
            )
            const expected = await outcome(plain, bearer(token))
            expect(await outcome(remembering, bearer(token))).toBe(expected)
            if (!one.fresh) continue
            // By now the keys that this step asked for may be there.
            await settled()
            const answers = await Promise.all(
              [plain, remembering].map((auth) => auth.authenticate(bearer(token), { fresh: true })),
            )
            const [first, second] = answers.map((answer) => (answer.ok ? 200 : answer.error.code))
            expect(second).toBe(first)
          }
        }
      } finally {
        await Promise.all([plain.close(), remembering.close()])
      }
    }),
    { numRuns: 30 },
  )
}, 60_000)

it('sees what link says anew within linkMaxAgeMs, and not before', async () => {
  const clock = createClock()
  const pair = pairs[0] as (typeof pairs)[number]
  let active = true
  const auth = createDualAuth({
    verifiers: [legacyJwt({ name: 'v', algorithms: ['ES256'], keys: [pair.jwk], purpose: 'only-access-tokens' })],
    link: ({ subject }) => ({ id: subject, active }),
    remember: { linkMaxAgeMs: LINK_MAX_AGE_MS },
    now: clock.now,
  }) as unknown as DualAuth
  const claims = { sub: 'u', exp: seconds(600) }
  const token = bearer(mint({ algorithm: 'ES256', key: pair.privateKey, header: { alg: 'ES256' }, claims }))
  expect(await outcome(auth, token)).toBe('200 u by v')
  active = false
  clock.advance(LINK_MAX_AGE_MS - 1)
  expect(await outcome(auth, token)).toBe('200 u by v')
  const fresh = await auth.authenticate(token, { fresh: true })
  expect(fresh.ok).toBe(false)
  clock.advance(1)
  expect(await outcome(auth, token)).toBe('403 account_deactivated')
})

const minted = new Map<string, string>()
/** ECDSA signs differently every time, and only the same bytes are remembered. */
function memo(key: string, make: () => string): string {
  const known = minted.get(key) ?? make()
  minted.set(key, known)
  return known
}
