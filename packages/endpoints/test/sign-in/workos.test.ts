import { WorkOS } from '@workos-inc/node'
import { afterEach, expect, it } from 'vitest'
import { createBrowser } from './browser.js'
import { createWorkosWorld, type WorkosWorld as World } from './workos-world.js'

let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})
const open = async (): Promise<World> => (world = await createWorkosWorld())

it('people sign in at AuthKit, and the SDK of WorkOS reads the session', async () => {
  const { origin, host, fake, password } = await open()
  fake.authKit.signsIn = { user: 'user_ada', organizationId: 'org_acme', claims: { role: 'admin' } }
  const browser = createBrowser()
  const query = 'returnTo=/things&organization=org_acme&login_hint=ada@example.com&screen=sign-up&prompt=none'
  expect((await browser.go(`${origin}/auth/sign-in?${query}`)).url).toBe(`${origin}/things`)
  expect(Object.fromEntries(fake.authKit.visit ?? [])).toMatchObject({
    provider: 'authkit',
    organization_id: 'org_acme',
    login_hint: 'ada@example.com',
    screen_hint: 'sign-up',
    code_challenge_method: 'S256',
  })
  expect(fake.authKit.visit?.get('prompt')).toBeNull()
  const me = JSON.parse((await browser.ask(`${origin}/auth/me`)).text) as Record<string, unknown>
  expect(me).toMatchObject({ id: 'user_ada', organization: 'org_acme', roles: ['admin'] })

  const { hostname, port } = new URL(fake.origin)
  const sdk = new WorkOS(fake.apiKey, {
    clientId: fake.clientId,
    apiHostname: hostname,
    port: Number(port),
    https: false,
  })
  const sessionData = browser.cookies(host).get('wos-session') as string
  const read = await sdk.userManagement.loadSealedSession({ sessionData, cookiePassword: password }).authenticate()
  expect(read).toMatchObject({ authenticated: true, organizationId: 'org_acme', user: { id: 'user_ada' } })
})

it('signing out ends the session here and sends the browser to WorkOS with its session id', async () => {
  const { origin, host, fake } = await open()
  const browser = createBrowser()
  await browser.go(`${origin}/auth/sign-in`)
  const out = await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
  const theirs = new URL(out.headers.get('location') as string)
  expect(theirs.origin + theirs.pathname).toBe(`${fake.origin}/user_management/sessions/logout`)
  expect(theirs.searchParams.get('session_id')).toMatch(/^session_/)
  expect(theirs.searchParams.get('return_to')).toBe(`${origin}/`)
  expect([...browser.cookies(host)]).toEqual([])
})

it('a sign-in that WorkOS limits says when to come again', async () => {
  const { origin, fake } = await open()
  fake.refresh.mode = { status: 429, headers: { 'retry-after': '7' } }
  const page = await createBrowser().go(`${origin}/auth/sign-in`)
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '7'])
})

it.each<[string, (fake: World['fake']) => void, string]>([
  ['that the person stopped', ({ authKit }) => (authKit.error = 'access_denied'), '400 sign_in_failed'],
  ['whose code is spent', ({ refresh }) => (refresh.mode = 'invalid_grant'), '400 sign_in_failed'],
  ['that needs single sign-on', ({ refresh }) => (refresh.mode = 'sso_required'), '400 sign_in_failed'],
  ['while WorkOS fails', ({ refresh }) => (refresh.mode = { status: 500, body: 'oops' }), '503 verifier_unavailable'],
  ['while WorkOS limits', ({ refresh }) => (refresh.mode = { status: 429, body: '{}' }), '503 verifier_unavailable'],
  ['while WorkOS hangs', ({ refresh }) => (refresh.mode = 'hang'), '503 verifier_unavailable'],
  [
    'answered with no JSON',
    ({ refresh }) => (refresh.mode = { status: 200, body: '<html>' }),
    '503 verifier_unavailable',
  ],
  [
    'answered without tokens',
    ({ refresh }) => (refresh.mode = { status: 200, body: '{}' }),
    '503 verifier_unavailable',
  ],
  [
    'with a wrong secret of ours',
    ({ refresh }) => (refresh.mode = { status: 401, body: '{"error":"invalid_client"}' }),
    '503 verifier_unavailable',
  ],
])('a sign-in %s is answered, and leaves no session', async (_name, break_, expected) => {
  const { origin, host, fake } = await open()
  break_(fake)
  const browser = createBrowser()
  const page = await browser.go(`${origin}/auth/sign-in`)
  const { code } = JSON.parse(page.text) as { code: string }
  expect(`${page.status} ${code}`).toBe(expected)
  expect(browser.cookies(host).has('wos-session')).toBe(false)
  expect(page.text).not.toMatch(/oops|invalid_client|secret/)
})
