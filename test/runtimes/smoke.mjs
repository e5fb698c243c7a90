// What must work on every runtime: each kind of credential, accepted and refused, through the core
// and through the Hono adapter. Uses nothing but Web APIs. Every key is made here.
import {
  apiKeys,
  betterAuth,
  createApiKey,
  createDualAuth,
  legacyJwt,
  memoryApiKeys,
  workos,
  workosSession,
} from '@dualauth/core'
import { dualAuth, getPrincipal, requireAuth, requirePermission } from '@dualauth/hono'
import { Hono } from 'hono'

const encode = (text) => new TextEncoder().encode(text)
const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
const base64Url = (bytes) => base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const random = (length) => base64Url(crypto.getRandomValues(new Uint8Array(length)))

async function hmac(secret, text) {
  const key = await crypto.subtle.importKey('raw', encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return crypto.subtle.sign('HMAC', key, encode(text))
}

async function jwt(header, claims, sign) {
  const now = Math.floor(Date.now() / 1000)
  const part = (value) => base64Url(encode(JSON.stringify(value)))
  const input = `${part({ typ: 'JWT', ...header })}.${part({ iat: now, exp: now + 300, ...claims })}`
  return `${input}.${base64Url(await sign(input))}`
}

/** Seals as iron-session and the WorkOS SDK do. */
async function seal(content, password) {
  const hex = () => Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, '0'))
  const derive = async (salt) => {
    const key = await crypto.subtle.importKey('raw', encode(password), 'PBKDF2', false, ['deriveBits'])
    const parameters = { name: 'PBKDF2', hash: 'SHA-1', salt: encode(salt), iterations: 1 }
    return crypto.subtle.deriveBits(parameters, key, 256)
  }
  const [salt, macSalt, iv] = [hex().join(''), hex().join(''), crypto.getRandomValues(new Uint8Array(16))]
  const aes = await crypto.subtle.importKey('raw', await derive(salt), 'AES-CBC', false, ['encrypt'])
  const sealed = await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, aes, encode(JSON.stringify(content)))
  const covered = `Fe26.2*1*${salt}*${base64Url(iv)}*${base64Url(sealed)}*`
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', await derive(macSalt), algorithm, false, ['sign'])
  return `${covered}*${macSalt}*${base64Url(await crypto.subtle.sign('HMAC', key, encode(covered)))}~2`
}

/** @returns {Promise<{ name: string, ok: boolean, detail: string }[]>} */
export async function smoke() {
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const pair = await crypto.subtle.generateKey(
    { ...rsa, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ['sign', 'verify'],
  )
  const { kty, n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const secrets = { hs256: random(32), betterAuth: random(32), cookie: random(32) }
  const sessionToken = random(24).replaceAll(/[-_]/g, 'x')
  const created = await createApiKey({
    prefix: 'sk_smoke_',
    owner: { kind: 'service', id: 'service-1' },
    scopes: ['things:read'],
  })

  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'hs256',
        algorithms: ['HS256'],
        secrets: [secrets.hs256],
        purpose: 'only-access-tokens',
        claims: { subject: 'userId' },
        issuer: 'https://hs256.test',
      }),
      legacyJwt({
        name: 'rs256',
        algorithms: ['RS256'],
        keys: [{ kty, n, e, alg: 'RS256', kid: 'key-1' }],
        purpose: 'only-access-tokens',
        issuer: 'https://rs256.test',
      }),
      betterAuth({
        name: 'better-auth',
        secrets: [secrets.betterAuth],
        sessions: (token) =>
          token === sessionToken
            ? {
                session: { id: 'session-1', userId: 'user-3', expiresAt: Date.now() + 60_000 },
                user: { id: 'user-3', role: 'editor' },
              }
            : null,
      }),
      apiKeys({ name: 'api-key', prefix: 'sk_smoke_', keys: memoryApiKeys([created.record]) }),
      workos({
        name: 'workos',
        clientId: 'client_smoke',
        session: workosSession({ cookiePasswords: [secrets.cookie] }),
      }),
    ],
    // Nothing is fetched: the key set is what another instance wrote down.
    hydrate: {
      version: 1,
      keySets: [
        {
          verifier: 'workos',
          url: 'https://api.workos.com/sso/jwks/client_smoke',
          fetchedAt: Date.now(),
          maxAgeMs: 300_000,
          keys: [{ kty, n, e, alg: 'RS256', kid: 'key-1' }],
        },
      ],
    },
    link: ({ subject, verifier }) => ({
      id: subject,
      ...(verifier === 'better-auth' ? { roles: ['editor'] } : { roles: ['reader'] }),
    }),
    access: { roles: { editor: ['things:read', 'things:write'], reader: ['things:read'] } },
  })
  const app = new Hono()
  app.use(dualAuth(auth))
  app.get('/me', requireAuth(), (c) => c.json({ id: getPrincipal(c).id, verifier: c.var.principal.verifier }))
  app.get('/write', requirePermission('things:write'), (c) => c.json({ id: c.var.principal.id, verifier: 'any' }))

  const signRsa = (input) => crypto.subtle.sign(rsa, pair.privateKey, encode(input))
  const hs256 = await jwt({ alg: 'HS256' }, { iss: 'https://hs256.test', userId: 'user-1' }, (input) =>
    hmac(secrets.hs256, input),
  )
  const rs256 = await jwt({ alg: 'RS256', kid: 'key-1' }, { iss: 'https://rs256.test', sub: 'user-2' }, signRsa)
  const expired = await jwt(
    { alg: 'RS256', kid: 'key-1' },
    { iss: 'https://rs256.test', sub: 'user-2', iat: 1_000_000_000, exp: 1_000_000_300 },
    signRsa,
  )
  const signature = base64(await hmac(secrets.betterAuth, sessionToken))
  const cookie = `better-auth.session_token=${encodeURIComponent(`${sessionToken}.${signature}`)}`
  const accessToken = await jwt(
    { alg: 'RS256', kid: 'key-1' },
    { iss: 'https://api.workos.com', sub: 'user_4', sid: 'session_4', client_id: 'client_smoke' },
    signRsa,
  )
  const sealed = await seal({ accessToken, refreshToken: 'refresh-4', user: { id: 'user_4' } }, secrets.cookie)
  const tamper = (token) => `${token.slice(0, -4)}${token.slice(-4) === 'AAAA' ? 'BBBB' : 'AAAA'}`
  const bearer = (token) => ({ authorization: `Bearer ${token}` })

  const cases = [
    ['HS256', bearer(hs256), '/me', 200, 'user-1', 'hs256'],
    ['HS256, tampered', bearer(tamper(hs256)), '/me', 401, 'credential_invalid'],
    ['RS256, local key', bearer(rs256), '/me', 200, 'user-2', 'rs256'],
    ['RS256, tampered', bearer(tamper(rs256)), '/me', 401, 'credential_invalid'],
    ['RS256, expired', bearer(expired), '/me', 401, 'credential_expired'],
    ['Better Auth cookie', { cookie }, '/me', 200, 'user-3', 'better-auth'],
    ['Better Auth cookie, tampered', { cookie: `${cookie.slice(0, -8)}AAAA%3D` }, '/me', 401, null],
    ['sealed WorkOS session', { cookie: `wos-session=${sealed}` }, '/me', 200, 'user_4', 'workos'],
    ['sealed WorkOS session, remembered', { cookie: `wos-session=${sealed}` }, '/me', 200, 'user_4', 'workos'],
    [
      'sealed WorkOS session, tampered',
      { cookie: `wos-session=${tamper(sealed.slice(0, -2))}~2` },
      '/me',
      401,
      'credential_invalid',
    ],
    ['API key', { 'x-api-key': created.key }, '/me', 200, 'service-1', 'api-key'],
    ['API key, unknown', { 'x-api-key': tamper(created.key) }, '/me', 401, null],
    ['no credential', {}, '/me', 401, 'credential_missing'],
    ['permission granted', { cookie }, '/write', 200, 'user-3', 'any'],
    ['permission denied', { 'x-api-key': created.key }, '/write', 403, 'permission_denied'],
  ]

  const results = []
  const check = (name, ok, detail) => results.push({ name, ok, detail: ok ? '' : detail })
  for (const [name, headers, path, status, expected, verifier] of cases) {
    if (path === '/me') {
      const direct = await auth.authenticate({ method: 'GET', headers })
      const ok =
        status === 200 ? direct.ok && direct.principal.id === expected : !direct.ok && direct.error.status === status
      const named = direct.ok || expected === null || direct.error.code === expected
      check(`core: ${name}`, ok && named, direct.ok ? direct.principal.id : direct.error.code)
    }
    const answer = await app.request(path, { headers })
    const body = await answer.json()
    const right =
      status === 200
        ? body.id === expected && body.verifier === verifier
        : answer.headers.get('content-type').startsWith('application/problem+json') &&
          (expected === null || body.code === expected)
    check(`hono: ${name}`, answer.status === status && right, `${answer.status} ${JSON.stringify(body)}`)
  }
  await auth.close()
  return results
}
