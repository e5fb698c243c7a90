import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AuthEvent, LegacyJwtOptions } from '../../../src/index.js'
import { seconds } from '../../support/clock.js'
import { legacyAuth } from '../../support/legacy.js'
import { bearer } from '../../support/requests.js'
import { legacyClaims, mint, OTHER_SECRET, type Mint } from '../../support/tokens.js'

type Options = Partial<LegacyJwtOptions<string, never>>

/** What an operator reads: the reason, and the claim. */
async function refusedBy(claims: Record<string, unknown>, options: Options = {}, mintOptions: Mint = {}) {
  const events: AuthEvent[] = []
  const auth = legacyAuth(options, (event) => void events.push(event))
  const result = await auth.authenticate(bearer(mint({ claims: legacyClaims(claims), ...mintOptions })))
  const event = events.find(({ type }) => type === 'refused')
  if (result.ok || event?.type !== 'refused') throw new Error('nothing was refused')
  expect(result).toMatchObject({ reason: event.reason, claim: event.claim })
  return { reason: event.reason, claim: event.claim, text: JSON.stringify(events) }
}

describe('a refusal names the claim that was missing or wrong', () => {
  it.each<[string, string, Record<string, unknown>, Options]>([
    ['claims', 'exp', { exp: undefined }, {}],
    ['claims', 'exp', { exp: 'soon' }, {}],
    ['claims', 'nbf', { nbf: 'x' }, {}],
    ['claims', 'iat', { exp: undefined, iat: undefined }, { maxAgeSeconds: 60 }],
    ['claims', 'exp', { exp: seconds(10), iat: seconds(20) }, { clockToleranceSeconds: 60 }],
    ['claims', 'userId', { userId: null }, {}],
    ['expired', 'exp', { exp: seconds(-60) }, {}],
    ['expired', 'iat', { exp: undefined, iat: seconds(-90) }, { maxAgeSeconds: 60 }],
    ['not_yet_valid', 'nbf', { nbf: seconds(60) }, {}],
    ['not_yet_valid', 'iat', { iat: seconds(60) }, {}],
    ['audience', 'aud', { aud: {} }, {}],
    ['purpose', 'type', { type: 'refresh' }, {}],
    ['purpose', 'token_use', { token_use: 'id' }, {}],
    ['purpose', 'nonce', { nonce: 'x' }, {}],
    ['purpose', 'at_hash', { at_hash: 'x' }, {}],
    ['bound_to_key', 'cnf', { cnf: {} }, {}],
  ])('%s: %s', async (reason, claim, claims, options) => {
    expect(await refusedBy(claims, options)).toMatchObject({ reason, claim })
  })

  it('purpose: header.typ', async () => {
    const typed = { header: { alg: 'HS256', typ: 'logout+jwt' } }
    expect(await refusedBy({}, {}, typed)).toMatchObject({ reason: 'purpose', claim: 'header.typ' })
    const purpose = { header: 'typ', value: 'at+jwt' } as const
    expect(await refusedBy({}, { purpose })).toMatchObject({ reason: 'purpose', claim: 'header.typ' })
  })

  it('and none where it was not about a claim', async () => {
    expect(await refusedBy({}, {}, { key: OTHER_SECRET })).toMatchObject({ reason: 'signature', claim: null })
  })

  it('that a schema refused, and no key further down', async () => {
    const bySchema = (shape: object, claims: object) =>
      refusedBy({ ...claims }, { schema: z.looseObject(shape as never) as never })
    expect(await bySchema({ plan: z.string() }, {})).toMatchObject({ reason: 'schema', claim: 'plan' })
    const members = z.record(z.string(), z.number())
    const refused = await bySchema({ members }, { members: { 'ada@example.com': 'x' } })
    expect(refused).toMatchObject({ reason: 'schema', claim: 'members' })
    const whole = z.record(z.string(), z.string()) as never
    expect(await refusedBy({ 'ada@example.com': 7, type: 'access' }, { schema: whole })).not.toHaveProperty(
      'text',
      expect.stringContaining('ada@'),
    )
  })

  it('and never its value', async () => {
    const secret = 'value-of-a-claim'
    for (const claims of [{ type: secret }, { exp: secret }, { aud: { [secret]: secret } }, { token_use: secret }])
      expect((await refusedBy(claims)).text).not.toContain(secret)
  })
})
