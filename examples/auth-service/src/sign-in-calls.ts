import { answered, PEOPLE, type Call } from './calls.js'
import type { Running } from './start.js'

/** Ada goes from her old session to one of WorkOS, and so does her phone. */
export async function makeSignInCalls(running: Running): Promise<Call[]> {
  const { authService, pool, origin, credentialsOf, signsInAtWorkos, refreshTokenOf } = running
  await pool.query(PEOPLE)
  const { cookie: old } = await credentialsOf('ada')
  const calls: Call[] = []
  const jar = new Map<string, string>()
  async function call(shows: string, expected: string, path: string, init: RequestInit = {}) {
    const response = await authService.request(new URL(path, origin).href, init)
    for (const [name, value] of response.headers.getSetCookie().map(pairOf)) jar.set(name, value)
    const body = response.status === 303 ? {} : ((await response.json()) as Body)
    calls.push({ shows, expected, seen: response.status === 303 ? '303' : answered(response.status, body) })
    return { body, location: response.headers.get('location') ?? '' }
  }
  const post = (headers: Record<string, string>, body?: object): RequestInit => ({
    method: 'POST',
    headers: { origin, ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const sent = () => ({ cookie: cookieOf(jar) })

  const { body } = await call('her old session becomes none here', '401 sign_in_required', '/auth/exchange', post(old))
  signsInAtWorkos('ada')
  const begun = await call('so she signs in, by code', '303', body.login ?? '/me')
  const hint = new URL(begun.location || origin).searchParams.get('login_hint')
  calls.push({ shows: 'and types no address', expected: 'ada@example.com', seen: String(hint) })
  const back = (await fetch(begun.location, { redirect: 'manual' })).headers.get('location') ?? ''
  await call('she comes back', '303', back, { headers: sent() })
  await call('with a session of WorkOS', '200 ada', '/me', { headers: sent() })
  await call('which is refreshed on demand', '200 ada', '/auth/refresh', post(sent()))
  const evil = post({ ...sent(), origin: 'https://evil.example' })
  await call('but not for another site', '403 origin_untrusted', '/auth/refresh', evil)

  const held = refreshTokenOf('ada')
  const first = await call('her phone refreshes', '200 ok', '/auth/refresh', post({}, { refresh_token: held }))
  const phone = { authorization: `Bearer ${first.body.access_token}` }
  await call('and goes on', '200 ada', '/me', { headers: phone })
  const again = await call('its answer was lost', '200 ok', '/auth/refresh', post({}, { refresh_token: held }))
  const isSame = again.body.refresh_token === first.body.refresh_token
  calls.push({ shows: 'so it gets the same again', expected: 'true', seen: String(isSame) })
  const made = post({}, { refresh_token: 'made-up' })
  await call('a refresh token that nobody gave', '401 credential_invalid', '/auth/refresh', made)

  await call('she signs out', '303', '/auth/sign-out', post(sent()))
  await call('and is out', '401 credential_missing', '/me', { headers: sent() })
  await call('her phone is not', '200 ada', '/me', { headers: phone })
  return calls
}

function pairOf(field: string): readonly [name: string, value: string] {
  const [pair = ''] = field.split(';', 1)
  return [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
}

/** Cookies that were cleared are not sent. */
function cookieOf(jar: ReadonlyMap<string, string>): string {
  return [...jar].flatMap(([name, value]) => (value === '' ? [] : [`${name}=${value}`])).join('; ')
}

type Body = Partial<Record<'code' | 'id' | 'login' | 'access_token' | 'refresh_token', string>>
