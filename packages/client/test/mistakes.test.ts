import { describe, expect, it } from 'vitest'
import {
  createClient,
  isClientError,
  memoryTokens,
  storedTokens,
  type ClientOptions,
  type SignInOptions,
  type TokenAnswer,
  type Tokens,
} from '../src/index.js'
import { createApi, json, ORIGIN } from './support/api.js'

const HTML = { 'content-type': 'text/html; charset=utf-8' }
const page = (status: number): Response => new Response('<!doctype html><title>App</title>', { status, headers: HTML })

function thrown(task: () => unknown): { code: string | null; message: string } {
  try {
    task()
  } catch (cause) {
    if (isClientError(cause)) return { code: cause.code, message: cause.message }
    throw cause
  }
  throw new Error('nothing was thrown')
}

const named = (option: string, code = 'configuration_invalid') =>
  expect.objectContaining({ name: 'ClientError', code, message: expect.stringContaining(option) as string }) as Error

describe('a wrong authPath', () => {
  const wrong = (answer: () => Response) => {
    const api = createApi()
    for (const path of ['me', 'migration', 'sign-out', 'refresh', 'exchange']) api.answers.set(`/login/${path}`, answer)
    return createClient({ baseUrl: ORIGIN, authPath: '/login', fetch: api.fetch, navigate: () => {} })
  }

  it.each([
    ['404 of a framework', () => new Response('Cannot GET /login/me', { status: 404 })],
    ['404 as a page', () => page(404)],
    ['the page of the app for every address', () => page(200)],
    ['405 without a body', () => new Response(null, { status: 405 })],
    ['200 without JSON', () => new Response('OK')],
  ])('is named where the server answers %s', async (_name, answer) => {
    const { me, migration } = wrong(answer)
    for (const call of [me, migration]) await expect(call()).rejects.toEqual(named('authPath', 'answer_invalid'))
  })

  it('is named by a sign-out that ended nothing, and nobody is signed out here', async () => {
    for (const status of [200, 404]) {
      const { signOut, onChange } = wrong(() => page(status))
      const changes: string[] = []
      onChange(({ type }) => changes.push(type))
      await expect(signOut()).rejects.toEqual(named('authPath', 'answer_invalid'))
      expect(changes).toEqual([])
    }
  })

  it('is no excuse for a session that is renewed by a page: the call gets its own 401', async () => {
    const api = createApi()
    api.answers.set('/things', () => json({ code: 'credential_expired' }, 401))
    api.answers.set('/auth/refresh', () => page(200))
    const { fetch } = createClient({ baseUrl: ORIGIN, fetch: api.fetch })
    expect((await fetch('/things')).status).toBe(401)
    expect(api.count('GET /things')).toBe(1)
  })
})

describe('where no page is open', () => {
  it('signIn and signOut name the option that opens one', async () => {
    const api = createApi()
    api.answers.set('/auth/sign-out', () => json({ location: 'https://idp.example.com/logout' }))
    const { signIn, signOut } = createClient({ baseUrl: ORIGIN, fetch: api.fetch })
    expect(thrown(() => signIn())).toEqual({
      code: 'configuration_invalid',
      message: expect.stringContaining('createClient.navigate') as string,
    })
    await expect(signOut()).rejects.toEqual(named('createClient.navigate'))
  })

  it('the address of the sign-in leaves the page to come back to to the server', () => {
    const { signInUrl } = createClient({ baseUrl: ORIGIN })
    expect([signInUrl(), signInUrl('/things')]).toEqual([
      `${ORIGIN}/auth/sign-in`,
      `${ORIGIN}/auth/sign-in?returnTo=%2Fthings`,
    ])
  })
})

describe('what a newcomer passes to the client', () => {
  it.each([
    [{ accessToken: 'at', refreshToken: 'rt' }, 'access_token'],
    [{ access_token: '' }, 'access_token'],
    [{ access_token: 'Bearer at' }, 'access_token'],
    [{ access_token: { token: 'at' } }, 'access_token'],
    ['at', 'access_token'],
    [undefined, 'access_token'],
    [{ access_token: 'at', refresh_token: 7 }, 'refresh_token'],
    [{ access_token: 'at', expires_in: 'soon' }, 'expires_in'],
    [{ access_token: 'at', token_type: 'DPoP' }, 'token_type'],
  ])('is refused by setTokens, with the member that is wrong: %j', async (answer, member) => {
    const { setTokens } = createClient({ baseUrl: ORIGIN, tokens: memoryTokens() })
    const refused = await setTokens(answer as unknown as TokenAnswer).catch((cause: unknown) => cause as Error)
    expect(refused).toEqual(named(member, 'answer_invalid'))
    expect((refused as Error).message).not.toMatch(/\bat\b/)
  })

  it('is taken by setTokens as token endpoints spell it', async () => {
    const { setTokens, fetch } = createClient({ baseUrl: ORIGIN, tokens: memoryTokens(), fetch: createApi().fetch })
    await setTokens({ access_token: 'at', token_type: 'bearer', expires_in: '300' } as unknown as TokenAnswer)
    await setTokens({ access_token: 'at', refresh_token: null, expires_in: null } as unknown as TokenAnswer)
    expect((await fetch('/things')).status).toBe(200)
  })

  it('is refused where a storage loads what it did not get to save', async () => {
    const load = () => '{"accessToken":"at"}' as unknown as Tokens
    const tokens = storedTokens({ load, save: () => {} })
    const { fetch } = createClient({ baseUrl: ORIGIN, tokens, fetch: createApi().fetch })
    await expect(fetch('/things')).rejects.toEqual(named('createClient.tokens'))
  })

  it('is refused as a hint of the sign-in that nobody reads', () => {
    const { signInUrl } = createClient({ baseUrl: ORIGIN })
    const hints = { loginHint: 'ada' } as SignInOptions
    expect(thrown(() => signInUrl('/', hints)).message).toContain('loginHint')
  })
})

describe('tokens and plain http', () => {
  it.each([
    ['baseUrl', { baseUrl: 'http://api.example.com' }],
    ['authPath', { baseUrl: ORIGIN, authPath: 'http://login.example.com/auth' }],
    ['origins', { baseUrl: ORIGIN, origins: ['http://files.example.com'] }],
    ['baseUrl', { baseUrl: 'http://localhost.example.com' }],
    ['baseUrl', { baseUrl: 'http://127.example.com' }],
  ] as [string, ClientOptions][])('are refused, by the option: %s', (option, options) => {
    expect(thrown(() => createClient({ ...options, tokens: memoryTokens() }))).toEqual({
      code: 'configuration_invalid',
      message: expect.stringMatching(new RegExp(`createClient.${option}.*https`)) as string,
    })
  })

  it.each([
    'http://localhost:3000',
    'http://127.0.0.1:3000',
    'http://[::1]:3000',
    'http://api.localhost',
    'http://10.0.2.2:3000',
  ])('go together on this machine, and on the emulator of Android: %s', (baseUrl) =>
    createClient({ baseUrl, tokens: memoryTokens() }).close(),
  )

  it('go together where allowHttp says so, and plain http with a cookie is for the browser to judge', () => {
    createClient({ baseUrl: 'http://192.168.1.7:3000', tokens: memoryTokens(), allowHttp: true }).close()
    createClient({ baseUrl: 'http://app.internal' }).close()
  })
})
