import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { betterAuth as betterAuth14 } from 'better-auth-1.4'
import { memoryAdapter as memoryAdapter14 } from 'better-auth-1.4/adapters/memory'
import * as plugins14 from 'better-auth-1.4/plugins'
import { betterAuth as betterAuth1725 } from 'better-auth-1.7.25'
import { memoryAdapter as memoryAdapter1725 } from 'better-auth-1.7.25/adapters/memory'
import * as plugins1725 from 'better-auth-1.7.25/plugins'
import { memoryAdapter } from 'better-auth/adapters/memory'
import * as plugins from 'better-auth/plugins'
import type { BetterAuthInstance } from '../../src/index.js'

export const ORIGIN = 'http://localhost:3000'

/** The installed minors: what they write is read, whatever their types say. */
export const VERSIONS = {
  '1.7': { betterAuth, memoryAdapter, plugins: { ...plugins, apiKey } },
  '1.7.25': { betterAuth: betterAuth1725, memoryAdapter: memoryAdapter1725, plugins: plugins1725 },
  '1.4': { betterAuth: betterAuth14, memoryAdapter: memoryAdapter14, plugins: plugins14 },
} as unknown as Record<
  '1.7' | '1.7.25' | '1.4',
  {
    betterAuth(options: object): BetterAuthServer['instance']
    memoryAdapter(tables: Tables): unknown
    plugins: Record<string, (options?: object) => { id: string }>
  }
>
export type Version = keyof typeof VERSIONS

type Row = Record<string, unknown>
type Tables = Record<string, Row[]>

export interface BetterAuthServer {
  readonly instance: BetterAuthInstance & {
    handler(request: Request): Promise<Response>
    readonly api: Record<string, (input: object) => Promise<Record<string, unknown>>>
  }
  /** Rows by table, as the memory adapter keeps them. */
  readonly tables: Tables
  call(method: string, path: string, jar: Jar, body?: object, headers?: Record<string, string>): Promise<Response>
}

/** Cookies as a browser keeps them, by name. */
export type Jar = Map<string, string>

const TABLES = ['user', 'session', 'account', 'verification', 'jwks', 'apikey', 'organization', 'member', 'invitation']

/** What passwords cost is no subject here. */
export const COMMON = {
  baseURL: ORIGIN,
  emailAndPassword: {
    enabled: true,
    password: {
      hash: async (text: string) => `#${text}`,
      verify: async ({ hash, password }: { hash: string; password: string }) => hash === `#${password}`,
    },
  },
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  logger: { disabled: true },
}

/** A real server of a version, over tables in memory; `database: undefined` makes it stateless. */
export function startBetterAuth(version: Version, options: object): BetterAuthServer {
  const tables: Tables = Object.fromEntries(TABLES.map((name) => [name, []]))
  const { betterAuth: create, memoryAdapter: adapter } = VERSIONS[version]
  return serverOf(create({ ...COMMON, database: adapter(tables), ...options }), tables)
}

export function serverOf(instance: BetterAuthServer['instance'], tables: Tables = {}): BetterAuthServer {
  return {
    instance,
    tables,
    async call(method, path, jar, body, headers = {}) {
      const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
      const response = await instance.handler(
        new Request(`${ORIGIN}/api/auth${path}`, {
          method,
          headers: { origin: ORIGIN, cookie, 'content-type': 'application/json', ...headers },
          ...(body && { body: JSON.stringify(body) }),
        }),
      )
      for (const field of response.headers.getSetCookie()) {
        const [name, value] = field.replace(/;.*/, '').split(/=(.*)/s) as [string, string]
        if (value === '' || /max-age=0/i.test(field)) jar.delete(name)
        else jar.set(name, value)
      }
      return response
    },
  }
}

export interface Person {
  readonly id: string
  readonly token: string
  readonly jar: Jar
  readonly email: string
}

let count = 0

export async function signUpAt(server: BetterAuthServer, fields: object = {}): Promise<Person> {
  const [jar, email]: [Jar, string] = [new Map(), `person-${++count}@example.com`]
  const response = await server.call('POST', '/sign-up/email', jar, {
    name: 'A Person',
    email,
    password: 'correct horse',
    ...fields,
  })
  if (!response.ok) throw new Error(`sign-up: ${response.status} ${await response.text()}`)
  const { user, token } = (await response.json()) as { user: { id: string }; token: string }
  return { id: user.id, token, jar, email }
}

/** Two jars as one request's cookies; a name of the second wins. */
export function cookiesOf(...jars: readonly Jar[]): { method: string; headers: { cookie: string } } {
  const all = new Map(jars.flatMap((jar) => [...jar]))
  return { method: 'GET', headers: { cookie: [...all].map((pair) => pair.join('=')).join('; ') } }
}
