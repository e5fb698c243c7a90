import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { seconds } from './clock.js'
import { mint, rsaPair, type Pair } from './tokens.js'

export const WORKOS_CLIENT_ID = 'client_01TEST'
export const MANAGEMENT_KEY = 'sk_test_management_0123456789'

/** An answer that the next calls get instead of the usual one. */
export type Trouble =
  'hang' | 'reset' | { readonly status: number; readonly body?: unknown; readonly retryAfter?: string }

/** The parts of the WorkOS API that are used, on loopback; see https://workos.com/docs/reference. */
export interface WorkosServer {
  readonly origin: string
  readonly pair: Pair
  /** Bodies that the endpoint got. */
  readonly refreshes: Record<string, unknown>[]
  readonly validations: string[]
  /** By value; what stands under `owner`, `permissions` and the like. */
  readonly apiKeys: Map<string, Record<string, unknown>>
  /** Members that a refresh adds to its answer, and claims that it adds to the new token. */
  extra: Record<string, unknown>
  claims: Record<string, unknown>
  trouble: Trouble | null
  /** Answers wait for `release`. */
  held: boolean
  /** Calls that wait. */
  readonly waiting: number
  release(): void
  accessToken(claims?: Record<string, unknown>, header?: Record<string, unknown>): string
  /** A refresh token that counts once. */
  refreshToken(sub?: string): string
  close(): Promise<void>
}

const pair: Pair = rsaPair()

export async function startWorkosServer(): Promise<WorkosServer> {
  const tokens = new Map<string, string>()
  const waiting: (() => void)[] = []
  let made = 0

  const accessToken: WorkosServer['accessToken'] = (claims = {}, header = {}) =>
    mint({
      algorithm: 'RS256',
      key: pair.privateKey,
      header: { alg: 'RS256', kid: 'k1', ...header },
      claims: {
        iss: `${server.origin}/user_management/${WORKOS_CLIENT_ID}`,
        sub: 'user_01',
        sid: 'session_01',
        jti: `j${made++}`,
        iat: seconds(-10),
        exp: seconds(290),
        ...claims,
      },
    })
  const refreshToken: WorkosServer['refreshToken'] = (sub = 'user_01') => {
    const token = `refresh_${randomUUID()}`
    tokens.set(token, sub)
    return token
  }

  function refresh(body: Record<string, unknown>): { status: number; body: unknown } {
    server.refreshes.push(body)
    if (body['client_secret'] !== MANAGEMENT_KEY || body['client_id'] !== WORKOS_CLIENT_ID)
      return { status: 401, body: { error: 'invalid_client', error_description: 'Invalid client secret.' } }
    const token = String(body['refresh_token'])
    const sub = tokens.get(token)
    if (!tokens.delete(token)) return { status: 400, body: { error: 'invalid_grant', error_description: 'Used.' } }
    const user = { object: 'user', id: sub, email: `${sub}@example.com`, first_name: 'A', email_verified: true }
    const claims = { sub, iat: seconds(), exp: seconds(590), ...server.claims }
    return {
      status: 200,
      body: {
        user,
        access_token: accessToken(claims),
        refresh_token: refreshToken(sub),
        authentication_method: 'Password',
        ...server.extra,
      },
    }
  }

  function validate(value: string, authorization: string | undefined): { status: number; body: unknown } {
    server.validations.push(value)
    if (authorization !== `Bearer ${MANAGEMENT_KEY}`) return { status: 401, body: { message: 'Unauthorized' } }
    return { status: 200, body: { api_key: server.apiKeys.get(value) ?? null } }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? ''
    const json = ({ status, body }: { status: number; body?: unknown }, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body ?? {}))
    if (url === `/sso/jwks/${WORKOS_CLIENT_ID}` || url === '/oauth2/jwks')
      return void json({ status: 200, body: { keys: [{ ...pair.jwk, kid: 'k1', alg: 'RS256', use: 'sig' }] } })
    const body = JSON.parse(await textOf(request)) as Record<string, unknown>
    const usual = () => {
      if (url === '/user_management/authenticate') return refresh(body)
      return validate(String(body['value']), request.headers.authorization)
    }
    const { trouble } = server
    if (server.held) await new Promise<void>((resolve) => waiting.push(resolve))
    if (trouble === null) return void json(usual())
    if (url === '/user_management/authenticate') server.refreshes.push(body)
    else server.validations.push(String(body['value']))
    if (trouble === 'hang') return
    if (trouble === 'reset') return void request.socket.destroy()
    json(trouble, trouble.retryAfter === undefined ? {} : { 'retry-after': trouble.retryAfter })
  }

  const http = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve))
  const server: WorkosServer = {
    origin: `http://127.0.0.1:${(http.address() as { port: number }).port}`,
    pair,
    refreshes: [],
    validations: [],
    apiKeys: new Map(),
    extra: {},
    claims: {},
    trouble: null,
    held: false,
    get waiting() {
      return waiting.length
    },
    release() {
      server.held = false
      for (const go of waiting.splice(0)) go()
    },
    accessToken,
    refreshToken,
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => void http.close(resolve))
    },
  }
  return server
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
