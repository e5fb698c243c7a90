import { describe, expect, it } from 'vitest'
import { betterAuthTokens, createDualAuth, keySetAt, legacyJwt, oidc, type KeySetSettings } from '../../src/index.js'
import { urlOf } from '../../src/verifiers/oidc/discovery.js'
import { createClock, seconds } from '../support/clock.js'
import { outcome, wrongOption } from '../support/outcome.js'
import { bearer } from '../support/requests.js'
import { mint, rsaPair } from '../support/tokens.js'

const ISSUER = 'https://id.example.com/realms/shop'
const INTERNAL = 'http://keycloak:8080/realms/shop/certs'
const pair = rsaPair()

/** Stands for the name server of the cluster. */
function inCluster(asked: string[]): NonNullable<KeySetSettings['fetch']> {
  return async (url) => {
    asked.push(url)
    const { pathname } = new URL(url)
    const metadata = { issuer: 'http://keycloak:8080/realms/shop', jwks_uri: INTERNAL }
    return Response.json(pathname.endsWith('/certs') ? { keys: [{ ...pair.jwk, kid: 'a', alg: 'RS256' }] } : metadata)
  }
}

const token = (iss: string): string =>
  mint({
    algorithm: 'RS256',
    key: pair.privateKey,
    header: { alg: 'RS256', kid: 'a', typ: 'JWT' },
    claims: { iss, sub: 'u7', azp: 'web', aud: 'shop', iat: seconds(-10), exp: seconds(290) },
  })

const keycloak = (keySetOptions: KeySetSettings, issuer = ISSUER, keySetUrl: string | undefined = INTERNAL) =>
  oidc({ name: 'kc', issuer, audience: 'shop', profile: 'plain-jwt', keySetOptions, ...(keySetUrl && { keySetUrl }) })

describe('keys at an internal address', () => {
  it.each(['keycloak', 'keycloak:8080', 'KEYCLOAK'])(
    'are fetched over http from a host that is named: %j',
    async (host) => {
      const asked: string[] = []
      const verifier = keycloak({ allowInsecureHost: host, fetch: inCluster(asked) })
      const auth = createDualAuth({ verifiers: [verifier], now: createClock().now })
      expect(await outcome(auth, bearer(token(ISSUER)))).toBe('200 u7 by kc')
      expect(asked).toEqual([INTERNAL])
    },
  )

  it.each([undefined, 'keycloak2', 'keycloak:8081', 'loak', 'keycloak.example'])(
    'are refused where another host is named, or none, and the message names the way: %j',
    (host) => {
      const make = () => keycloak(host === undefined ? {} : { allowInsecureHost: host })
      expect(wrongOption(make)).toBe('oidc(kc).keySetUrl')
      expect(make).toThrow('allowInsecureHost')
    },
  )

  it.each(['http://keycloak', 'keycloak/', 'key cloak', '*', '*.svc', 'user@keycloak', '', 'keycloak:0'])(
    'take a host and nothing else: %j',
    (allowInsecureHost) => {
      expect(wrongOption(() => keycloak({ allowInsecureHost }))).toBe('oidc(kc).keySetOptions.allowInsecureHost')
    },
  )

  it('are the same for every verifier that fetches keys', () => {
    const allowInsecureHost = 'auth.default.svc.cluster.local'
    const url = `http://${allowInsecureHost}:3000/jwks`
    expect(wrongOption(() => keySetAt(url))).toBe('keySetAt.url')
    const jwt = { name: 'v', algorithms: ['RS256'], purpose: 'only-access-tokens' } as const
    expect(() => legacyJwt({ ...jwt, keySet: keySetAt(url, { allowInsecureHost }) })).not.toThrow()
    const tokens = { baseUrl: 'https://app.example.com', keySetUrl: url }
    expect(wrongOption(() => betterAuthTokens(tokens))).toBe('betterAuthTokens.keySetUrl')
    expect(() => betterAuthTokens({ ...tokens, keySetOptions: { allowInsecureHost } })).not.toThrow()
  })

  it('may be of an issuer inside the cluster, whose metadata name them', async () => {
    const asked: string[] = []
    const internal = 'http://keycloak:8080/realms/shop'
    const verifier = keycloak({ allowInsecureHost: 'keycloak:8080', fetch: inCluster(asked) }, internal, '')
    const auth = createDualAuth({ verifiers: [verifier], now: createClock().now })
    expect(await outcome(auth, bearer(token(internal)))).toBe('200 u7 by kc')
    expect(wrongOption(() => keycloak({}, internal, ''))).toBe('oidc(kc).issuer')
  })

  it('are never where the metadata of a public issuer lead', () => {
    const insecure = { option: 'allowInsecureHost', host: 'keycloak' }
    const metadata = (issuer: string, jwks_uri: string) => () =>
      urlOf('jwks_uri', { issuer, jwks_uri }, issuer, insecure)
    expect(metadata(ISSUER, INTERNAL)).toThrow('https')
    expect(metadata('http://keycloak/a', 'http://keycloak2/certs')).toThrow('https')
    expect(metadata('http://keycloak/a', 'http://169.254.169.254/certs')).toThrow('https')
    expect(metadata('http://keycloak/a', 'https://localhost/certs')).toThrow('loopback')
    expect(metadata('http://keycloak/a', 'http://localhost/certs')).toThrow('loopback')
    expect(metadata('http://keycloak/a', INTERNAL)).not.toThrow()
  })
})
