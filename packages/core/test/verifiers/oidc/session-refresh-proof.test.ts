import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startOidcProvider, type TokenControl } from '@dualauth/testing'
import { seconds } from '../../support/clock.js'
import { OK, over } from '../../support/oidc-refreshing.js'
import { browser, createOidcWorld, valueOf, type OidcWorld } from '../../support/oidc-sessions.js'
import { outcome } from '../../support/outcome.js'

let world: OidcWorld
beforeEach(async () => {
  world = await createOidcWorld()
})
afterEach(() => world.close())

describe('a later id token that proves nothing', () => {
  const answers: readonly (readonly [string, () => void | Promise<void>])[] = [
    ['of another subject', () => lay({ sub: 'user-8' })],
    ['of another issuer', () => lay({ iss: 'https://id.example' })],
    ['for another client', () => lay({ aud: 'another' })],
    ['for another party', () => lay({ azp: 'another' })],
    ['for several, of no party', () => lay({ aud: [world.provider.client.id, 'another'] })],
    ['that is over', () => lay({ iat: seconds(-600), exp: seconds(-300) })],
    ['of the future', () => lay({ iat: seconds(3_600), exp: seconds(7_200) })],
    ['that is an access token', () => body({ id_token: world.provider.accessToken({ sub: 'user-7' }) })],
    ['that is no JWT', () => body({ id_token: 'opaque' })],
    [
      'of a stranger’s key',
      async () => {
        const stranger = await startOidcProvider({ now: world.clock.now, algorithm: 'ES256' })
        const claims = { iss: world.provider.issuer, aud: world.provider.client.id, sub: 'user-7' }
        body({ id_token: stranger.idToken(claims) })
        await stranger.close()
      },
    ],
  ]
  const lay = (claims: TokenControl['claims']) => void (world.provider.token.claims = claims)
  const body = (fields: TokenControl['fields']) => void (world.provider.token.fields = fields)
  const recover = () => {
    lay({})
    body({})
  }

  it.each(answers)('ends nothing, and loses no refresh token: %s', async (_what, answer) => {
    const app = world.instance()
    const sent = await over(world, app)
    await answer()
    const result = await app.auth.authenticate(sent)
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable' } })
    recover()
    const next = browser(result.cookies, sent)
    expect(valueOf(next)).not.toBe(valueOf(sent))
    expect(await outcome(app.auth, next)).toBe(OK)
  })

  it.each(answers)('leaves the session good while its access token would be: %s', async (_what, answer) => {
    const app = world.instance()
    const sent = await app.begin()
    world.clock.advance(280_000)
    await answer()
    const result = await app.auth.authenticate(sent)
    expect(result).toMatchObject({ ok: true, principal: { id: 'user-7' } })
    recover()
    world.clock.advance(60_000)
    expect(await outcome(app.auth, browser(result.cookies, sent))).toBe(OK)
  })

  it('because the key set is down ends nothing either', async () => {
    const app = world.instance({ oidc: { keySetOptions: { timeoutMs: 200 } } })
    const sent = await over(world, app)
    world.provider.keySet.mode = 'status-500'
    const result = await app.auth.authenticate(sent)
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable' } })
    world.provider.keySet.mode = 'ok'
    world.clock.advance(60_000)
    expect(await outcome(app.auth, browser(result.cookies, sent))).toBe(OK)
  })

  it('is not content for a guard that asks for a fresh one', async () => {
    const app = world.instance()
    const sent = await app.begin()
    lay({ sub: 'user-8' })
    expect(await app.auth.authenticate(sent, { fresh: true })).toMatchObject({
      error: { code: 'verifier_unavailable' },
    })
  })

  it('may name a clock that is a little ahead', async () => {
    const app = world.instance()
    const sent = await over(world, app)
    lay({ iat: seconds(304), exp: seconds(604) })
    expect(await outcome(app.auth, sent)).toBe(OK)
  })
})
