import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiKey, createDualAuth, introspection, legacyJwt, type Explanation } from '../../src/index.js'
import { legacyOptions } from '../support/legacy.js'
import { wrongOption as wrongInput } from '../support/outcome.js'
import { mint, segment } from '../support/tokens.js'
import { sessionToken, signedValue } from '../support/sessions.js'
import { createWorld, type World } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const why = ({ considered }: Explanation, verifier: string) =>
  considered.find((one) => one.verifier === verifier)?.because ?? ''

describe('explain', () => {
  it('says who would own a credential', async () => {
    const owners = (input: Parameters<World['auth']['explain']>[0]) => world.auth.explain(input).verifiers
    expect(owners(mint())).toEqual(['legacy'])
    expect(owners(world.workosToken())).toEqual(['workos'])
    expect(owners(signedValue(sessionToken('a')))).toEqual(['better-auth'])
    expect(owners({ cookie: 'legacy_token', value: mint() })).toEqual(['legacy'])
    const { key } = await createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: 'u' }, scopes: [] })
    expect(owners({ header: 'X-API-Key', value: key })).toEqual(['api-key'])
    expect(owners('nonsense')).toEqual([])
  })

  it('says why the others would not', () => {
    const explanation = world.auth.explain(world.workosToken())
    expect(explanation.outcome).toBe('owned')
    expect(explanation.considered.filter(({ owns }) => owns)).toHaveLength(1)
    expect(why(explanation, 'legacy')).toContain('HS256')
    expect(why(world.auth.explain(mint({ claims: { iss: 'https://elsewhere.example' } })), 'legacy')).toContain('`iss`')
    expect(why(world.auth.explain('a.b.c'), 'workos')).toContain('strict')
    expect(why(world.auth.explain({ cookie: 'other', value: 'x' }), 'better-auth')).toContain('"other"')
  })

  it('takes a bearer as it is copied, and refuses what is none', () => {
    expect(world.auth.explain(`Bearer ${mint()}`).verifiers).toEqual(['legacy'])
    for (const input of [undefined, null, 7, {}, { authorization: 'x' }, { header: 'x-api-key' }])
      expect(wrongInput(() => world.auth.explain(input as never))).toBe('explain')
  })

  it('speaks of those shapes only that look where the credential travelled', () => {
    const because = why(world.auth.explain('nonsense'), 'better-auth')
    expect(because).not.toContain('does not look at')
    expect(because).toContain('session tokens of Better Auth, signed')
  })

  it('says which scheme a verifier reads, and speaks of one algorithm in the singular', () => {
    const reading = (options: object) => createDualAuth({ verifiers: [legacyJwt(legacyOptions(options))] })
    const because = (auth: ReturnType<typeof reading>, token: string) => auth.explain(token).considered[0]?.because
    const other = mint({ header: { alg: 'HS512' }, algorithm: 'HS512' })
    expect(because(reading({ carriers: [{ scheme: 'JWT' }] }), mint())).toBe(
      'does not look at the bearer, but at the scheme "JWT"',
    )
    expect(because(reading({}), other)).toBe('takes only the algorithm HS256')
    expect(because(reading({ algorithms: ['HS256', 'HS384'] }), other)).toBe('takes only the algorithms HS256, HS384')
  })

  it('says how long an opaque token must be', () => {
    const length = (token: object) => {
      const client = { id: 'api', secret: 'a secret' }
      const options = { name: 'idp', issuer: 'https://idp.example', endpoint: 'https://idp.example/introspect' }
      const verifier = introspection({ ...options, client, audience: false, token })
      return createDualAuth({ verifiers: [verifier] }).explain('short').considered[0]!.because
    }
    expect(length({ minLength: 20 })).toContain('at least 20')
    expect(length({ minLength: 20, maxLength: 43 })).toContain('20 to 43')
    expect(length({ minLength: 43, maxLength: 43 })).toContain('43 characters')
  })

  it('repeats nothing of the credential, asks nobody and tells nobody', () => {
    const secrets = [randomUUID(), randomUUID()]
    world.events.length = 0
    for (const input of [
      mint({ claims: { iss: secrets[0], sub: secrets[1] } }),
      `${segment({ alg: secrets[0] })}.${segment({ aud: secrets[1] })}.AAAA`,
      `sk_live_${secrets[0]}`,
      { cookie: 'legacy_token', value: secrets[1] as string },
    ]) {
      const text = JSON.stringify(world.auth.explain(input))
      for (const secret of secrets) expect(text).not.toContain(secret)
    }
    expect(world.events).toEqual([])
    expect(world.keySet.fetches).toBe(0)
  })
})
