import { setTimeout as pause } from 'node:timers/promises'
import type { Running } from './start.js'

const PASSWORD = 'correct horse battery'

/** Somebody who signs in and keeps the token, as a browser or an app does. */
export interface Person {
  /** The application's own id. */
  readonly id: string
  /** What was issued last. */
  readonly token: string
  /**
   * Signs in where the application says.
   * @param tenant Left out: where the person belongs.
   * @returns Which side has issued.
   */
  signIn(tenant?: string): Promise<string>
  /** A token of the provider, whatever the application says. */
  newToken(): Promise<string>
}

/** Registers somebody at the application, as years ago, and invites the same person to the provider. */
export async function join(
  running: Running,
  roles: Readonly<Record<string, string>>,
  groups: string[],
): Promise<Person> {
  const { url, idp, oldSide, people } = running
  const email = `${crypto.randomUUID()}@example.com`
  const id = await oldSide.register(email, PASSWORD, roles)
  const subject = idp.invite(...groups)
  const identity = { verifier: 'idp', issuer: idp.issuer, subject }
  await people.links.add({ ...identity, account: id, how: 'import', actor: 'import', reason: 'invited' })
  let token = ''
  return {
    id,
    get token() {
      return token
    },
    newToken: () => idp.signIn(subject),
    async signIn(tenant) {
      const body = JSON.stringify({ email, password: PASSWORD })
      const headers = { 'content-type': 'application/json', ...naming(tenant) }
      const response = await fetch(`${url}/login`, { method: 'POST', headers, body })
      const issued = ((await response.json()) as { token?: string }).token
      token = issued ?? (await idp.signIn(subject))
      return issued === undefined ? 'the provider' : 'a token of our own'
    },
  }
}

export interface Answer {
  /** Status, and who was acted for where, or the code of the refusal. */
  readonly brief: string
  readonly headers: Headers
  /** Everything that the caller gets. */
  readonly whole: string
}

/** @param tenant Where to act; left out: where the credential says. */
export async function ask(url: string, token: string, call = 'GET /me', tenant?: string): Promise<Answer> {
  const [method = '', path = ''] = call.split(' ')
  const headers = { authorization: `Bearer ${token}`, ...naming(tenant) }
  const response = await fetch(url + path, { method, headers })
  const body = (await response.json()) as { code?: string; tenant?: string; verifier?: string }
  const said = body.code ?? [body.verifier, body.tenant].filter((word) => word !== undefined).join(' ')
  const fields = [...response.headers].filter(([name]) => name !== 'date')
  return {
    brief: `${response.status} ${said}`,
    headers: response.headers,
    whole: JSON.stringify([response.status, fields, body]),
  }
}

function naming(tenant: string | undefined): Record<string, string> {
  return tenant === undefined ? {} : { 'x-tenant': tenant }
}

/** Asks again for as long as the answer is 503, as a client does that nobody has logged out. */
export async function whileUnavailable(call: () => Promise<string>): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const seen = await call()
    if (!seen.startsWith('503')) return seen
    await pause(100)
  }
  return 'still 503'
}

/** Looks at what these tokens get in one tenant, and counts the answers that are not as at the first look. */
export function watch({ url }: Running, tenant: string, tokens: readonly string[]) {
  const calls = tokens.flatMap((token) =>
    ['GET /me', 'GET /invoices', 'POST /invoices'].map((call) => ({ token, call })),
  )
  const first = new Map<object, string>()
  let [answers, different] = [0, 0]
  return {
    async look(): Promise<void> {
      for (const one of calls) {
        const { whole } = await ask(url, one.token, one.call, tenant)
        if (!first.has(one)) first.set(one, whole)
        answers++
        if (whole !== first.get(one)) different++
      }
    },
    verdict: () => `${different} of ${answers} answers`,
  }
}
