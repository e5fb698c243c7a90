import { AuthError } from '@dualauth/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createApiKeyIssuer,
  createBetterAuthIssuer,
  createExpressSessionIssuer,
  createLegacyIssuer,
  createSessionIssuer,
  seal,
  signJwt,
  startFakeWorkos,
  startKeySetServer,
  startOidcProvider,
  type FakeWorkos,
  type KeySetServer,
  type OidcProvider,
} from '../src/index.js'

let [workos, provider, keySet] = [] as unknown as [FakeWorkos, OidcProvider, KeySetServer]
beforeAll(async () => {
  ;[workos, provider, keySet] = await Promise.all([startFakeWorkos(), startOidcProvider(), startKeySetServer()])
})
afterAll(() => Promise.all([workos.close(), provider.close(), keySet.close()]))

/** As a test in JavaScript gives them. */
const typo = { expiresln: 1 } as never
const password = 'p'.repeat(32)
const betterAuth = createBetterAuthIssuer()
const signedIn = betterAuth.session()

async function refusalOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
    return null
  } catch (error) {
    return error
  }
}

describe('an unknown option', () => {
  it.each<[string, () => unknown]>([
    ['createLegacyIssuer', () => createLegacyIssuer(typo)],
    ['createLegacyIssuer', () => createLegacyIssuer({ algorithm: 'ES256', ...(typo as object) })],
    ['LegacyIssuer.sign', () => createLegacyIssuer().sign({}, typo)],
    ['signJwt', () => signJwt({ algorithm: 'HS256', key: 'k', claims: {}, ...(typo as object) })],
    ['startKeySetServer', () => startKeySetServer(typo)],
    ['KeySet.rotate', () => keySet.rotate(typo)],
    ['startFakeWorkos', () => startFakeWorkos(typo)],
    ['FakeWorkos.accessToken', () => workos.accessToken({}, typo)],
    ['FakeWorkos.signIn', () => workos.signIn(typo)],
    ['FakeWorkos.sealedSession', () => workos.sealedSession(workos.signIn(), { password, ...(typo as object) })],
    ['FakeWorkos.webhook', () => workos.webhook('user.created', {}, typo)],
    ['WorkosApiKeys.issue', () => workos.apiKeys.issue({ owner: 'org', ...(typo as object) })],
    ['seal', () => seal({}, { password, ...(typo as object) })],
    ['createBetterAuthIssuer', () => createBetterAuthIssuer(typo)],
    ['BetterAuthIssuer.session', () => betterAuth.session(typo)],
    ['BetterAuthIssuer.sessionDataCookie', () => betterAuth.sessionDataCookie(signedIn, typo)],
    ['BetterAuthIssuer.jwt', () => betterAuth.jwt(signedIn, {}, typo)],
    ['BetterAuthIssuer.apiKey', () => betterAuth.apiKey({ referenceId: 'u', ...(typo as object) })],
    ['createSessionIssuer', () => createSessionIssuer(typo)],
    ['SessionIssuer.session', () => createSessionIssuer().session(typo)],
    ['createExpressSessionIssuer', () => createExpressSessionIssuer(typo)],
    ['ExpressSessionIssuer.session', () => createExpressSessionIssuer().session(typo)],
    ['createApiKeyIssuer', () => createApiKeyIssuer(typo)],
    ['ApiKeyIssuer.issue', () => createApiKeyIssuer().issue({ owner: 'u', ...(typo as object) })],
    ['startOidcProvider', () => startOidcProvider(typo)],
    ['OidcProvider.accessToken', () => provider.accessToken({}, typo)],
    ['OidcProvider.idToken', () => provider.idToken({}, typo)],
    ['OidcProvider.opaqueToken', () => provider.opaqueToken({}, typo)],
  ])('of %s is refused by its name', async (owner, call) => {
    const error = await refusalOf(call)
    expect(error).toBeInstanceOf(AuthError)
    expect(error).toMatchObject({ code: 'configuration_invalid' })
    expect((error as AuthError).message.split(':')[0]).toBe(`${owner}.expiresln`)
  })

  it.each([null, 'HS256', 7])('is not what stands for all of them: %j', async (options) => {
    for (const [owner, call] of [
      ['createLegacyIssuer', () => createLegacyIssuer(options as never)],
      ['LegacyIssuer.sign', () => createLegacyIssuer().sign({}, options as never)],
      ['startFakeWorkos', () => startFakeWorkos(options as never)],
      ['createBetterAuthIssuer', () => createBetterAuthIssuer(options as never)],
    ] as const) {
      const error = await refusalOf(call)
      expect(error).toMatchObject({ code: 'configuration_invalid' })
      expect((error as AuthError).message.split(':')[0]).toBe(owner)
    }
  })

  it('is one that belongs to the other kind of issuer, too', async () => {
    const error = await refusalOf(() => createLegacyIssuer({ algorithm: 'RS256', secret: 's' } as never))
    expect((error as AuthError).message.split(':')[0]).toBe('createLegacyIssuer.secret')
  })
})
