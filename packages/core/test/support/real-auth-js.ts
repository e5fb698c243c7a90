import { Auth, type AuthConfig } from '@auth/core'
import type { Adapter } from '@auth/core/adapters'
import Credentials from '@auth/core/providers/credentials'
import NextAuth, { type NextAuthOptions } from 'next-auth'
import NextCredentials from 'next-auth/providers/credentials'

/** A browser at a real Auth.js 5 or NextAuth 4: it keeps the cookies that it is given. */
export interface AuthJsBrowser {
  /** Values by name. */
  readonly jar: Map<string, string>
  /** As the `Cookie` field of a request. */
  cookie(): string
  signIn(): Promise<void>
  /** Follows the link that an e-mail brings, which gives a database session; the user is made at the first. */
  signInByLink(email: string): Promise<void>
  signOut(): Promise<void>
  /** What `/session` answers; Auth.js writes the session again there. */
  session(): Promise<{ readonly user?: { readonly email?: string | null } } | null>
}

export interface RealAuthJs {
  readonly secret: string | string[]
  /** `https` has cookies with `__Secure-`. Default `http://localhost:3000`. */
  readonly origin?: string
  /** What the callback `jwt` adds at the sign-in. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** `cookies.sessionToken.name`. */
  readonly cookie?: string
  /** With it, sessions are those of a database, and people sign in by a link. */
  readonly adapter?: Adapter
}

/** The part of a provider of links that both versions take; what would be sent is kept. */
function linkProvider(links: string[]) {
  return {
    id: 'email',
    type: 'email' as const,
    name: 'E-mail',
    from: 'login@example.com',
    maxAge: 600,
    options: {},
    sendVerificationRequest: async ({ url }: { readonly url: string }) => void links.push(url),
  }
}

const ADA = { id: 'ada', name: 'Ada Lovelace', email: 'ada@example.com', image: 'https://example.com/ada.png' }

/** Auth.js 5 with JWT sessions; `Ada` signs in by credentials. */
export function authJsBrowser({
  secret,
  origin = 'http://localhost:3000',
  claims = {},
  cookie,
  adapter,
}: RealAuthJs): AuthJsBrowser {
  const links: string[] = []
  const config = {
    secret,
    trustHost: true,
    basePath: '/auth',
    logger: { error() {}, warn() {}, debug() {} },
    providers:
      adapter === undefined
        ? [Credentials({ credentials: { name: {} }, authorize: () => ADA })]
        : [linkProvider(links) as never],
    ...(adapter !== undefined && { adapter }),
    callbacks:
      adapter !== undefined ? {} : { jwt: ({ token, user }) => (user === undefined ? token : { ...token, ...claims }) },
    ...(cookie !== undefined && { cookies: { sessionToken: { name: cookie } } }),
  } satisfies AuthConfig
  return browserOf(origin, links, async (request) => {
    const response = await Auth(request, config)
    return { status: response.status, setCookies: response.headers.getSetCookie(), text: await response.text() }
  })
}

interface Answer {
  readonly status: number
  readonly setCookies: readonly string[]
  readonly text: string
}

function browserOf(
  origin: string,
  links: readonly string[],
  ask: (request: Request) => Promise<Answer>,
): AuthJsBrowser {
  const jar = new Map<string, string>()
  const cookie = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  async function send(path: string, form?: Record<string, string>): Promise<string> {
    const headers = { cookie: cookie(), 'content-type': 'application/x-www-form-urlencoded' }
    const init =
      form === undefined ? { headers } : { headers, method: 'POST', body: new URLSearchParams(form).toString() }
    const { status, setCookies, text } = await ask(new Request(`${origin}/auth/${path}`, init))
    if (status >= 400) throw new Error(`${path}: ${status}`)
    for (const field of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(field) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return text
  }
  return {
    jar,
    cookie,
    async signIn() {
      const { csrfToken } = JSON.parse(await send('csrf')) as { csrfToken: string }
      await send('callback/credentials', { csrfToken, name: 'ada' })
    },
    async signInByLink(email) {
      const { csrfToken } = JSON.parse(await send('csrf')) as { csrfToken: string }
      await send('signin/email', { csrfToken, email })
      await send(`callback/email${new URL(links.at(-1)!).search}`)
    },
    async signOut() {
      const { csrfToken } = JSON.parse(await send('csrf')) as { csrfToken: string }
      await send('signout', { csrfToken })
    },
    session: async () => JSON.parse(await send('session')) as Awaited<ReturnType<AuthJsBrowser['session']>>,
  }
}

/** NextAuth 4, by its handler for API routes of pages, which needs no Next. */
export function nextAuthBrowser({
  secret,
  origin = 'http://localhost:3000',
  claims = {},
  cookie,
  adapter,
}: RealAuthJs): AuthJsBrowser {
  const links: string[] = []
  const options = {
    secret: String(secret),
    useSecureCookies: origin.startsWith('https:'),
    logger: { error() {}, warn() {}, debug() {} },
    providers:
      adapter === undefined
        ? [NextCredentials({ credentials: { name: {} }, authorize: async () => ADA })]
        : [linkProvider(links) as never],
    ...(adapter !== undefined && { adapter: adapter as never }),
    callbacks:
      adapter !== undefined
        ? {}
        : { jwt: async ({ token, user }) => (user === undefined ? token : { ...token, ...claims }) },
    ...(cookie !== undefined && { cookies: { sessionToken: { name: cookie, options: { path: '/' } } } }),
  } satisfies NextAuthOptions
  return browserOf(origin, links, async (request) => {
    const url = new URL(request.url)
    const body = Object.fromEntries(new URLSearchParams(await request.text()))
    const sent = {
      method: request.method,
      headers: { ...Object.fromEntries(request.headers), host: url.host },
      cookies: cookiesIn(request.headers.get('cookie') ?? ''),
      query: { ...Object.fromEntries(url.searchParams), nextauth: url.pathname.split('/').slice(2) },
      body: { ...body, json: 'true' },
    }
    const answer = { status: 200, setCookies: [] as string[], text: '' }
    const response = {
      status: (status: number) => ((answer.status = status), response),
      getHeader: () => answer.setCookies,
      setHeader(name: string, value: string | string[]) {
        if (name.toLowerCase() === 'set-cookie') answer.setCookies = [value].flat()
        return response
      },
      json: (value: unknown) => void (answer.text = JSON.stringify(value)),
      send: (value: unknown) => void (answer.text = typeof value === 'string' ? value : JSON.stringify(value)),
      end: () => {},
    }
    await NextAuth(sent as never, response as never, options)
    return answer
  })
}

function cookiesIn(field: string): Record<string, string> {
  return Object.fromEntries(
    field.split('; ').map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      return [name, decodeURIComponent(value)]
    }),
  )
}
