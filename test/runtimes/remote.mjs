// An API that owns no secret and asks a bound worker: RPC, then HTTP through the same binding.
import { createDualAuth, remote, remoteFetch } from '@dualauth/core'

const encode = (text) => new TextEncoder().encode(text)
const base64Url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

async function token(secret, claims) {
  const part = (value) => base64Url(encode(JSON.stringify(value)))
  const now = Math.floor(Date.now() / 1000)
  const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iat: now - 60, exp: now + 300, ...claims })}`
  const key = await crypto.subtle.importKey('raw', encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return `${input}.${base64Url(await crypto.subtle.sign('HMAC', key, encode(input)))}`
}

/** @returns {Promise<{ name: string, ok: boolean, detail: string }[]>} */
export async function remoteSmoke(env) {
  const api = (validate, timeoutMs = 3_000) =>
    createDualAuth({ verifiers: [remote({ name: 'auth', credentials: [{ jwtIssuer: null }], validate, timeoutMs })] })
  const rpc = api((credential) => env.AUTH.validate(credential))
  const http = api(
    remoteFetch({
      url: 'https://auth.internal/',
      secret: env.REMOTE_SECRET,
      fetch: (url, init) => env.AUTH.fetch(url, init),
    }),
  )
  const good = await token(env.JWT_SECRET, { sub: '7' })
  const past = Math.floor(Date.now() / 1000) - 600
  const cases = [
    ['RPC, accepted', rpc, good, '200 account-7 editor'],
    ['RPC, forged', rpc, await token('x'.repeat(40), { sub: '7' }), '401 credential_invalid signature'],
    [
      'RPC, expired',
      rpc,
      await token(env.JWT_SECRET, { sub: '7', iat: past - 1, exp: past }),
      '401 credential_expired expired',
    ],
    ['RPC, no account', rpc, await token(env.JWT_SECRET, { sub: 'stranger' }), '403 identity_unlinked remote'],
    ['RPC, no answer', api(() => env.AUTH.hang(), 50), good, '503 verifier_unavailable null'],
    ['RPC, no such method', api((credential) => env.AUTH.nothing(credential)), good, '503 verifier_unavailable null'],
    ['HTTP, accepted', http, good, '200 account-7 editor'],
    ['HTTP, forged', http, await token('x'.repeat(40), { sub: '7' }), '401 credential_invalid signature'],
  ]
  const results = []
  for (const [name, auth, credential, expected] of cases) {
    const result = await auth.authenticate({ method: 'GET', headers: { authorization: `Bearer ${credential}` } })
    const found = result.ok
      ? `200 ${result.principal.id} ${result.principal.roles.join()}`
      : `${result.error.status} ${result.error.code} ${result.reason}`
    results.push({ name: `remote: ${name}`, ok: found === expected, detail: found })
  }
  return results
}
