import type { AuthEvent, DualAuth } from '@dualauth/core'
import { createApiKeyIssuer, createLegacyIssuer, startFakeWorkos } from '@dualauth/testing'
import { createAccounts } from './accounts.js'
import { startExpress } from './apis/express.js'
import { startFastify } from './apis/fastify.js'
import { startHono } from './apis/hono.js'
import { createAuth } from './auth.js'
import { bridgedCalls, ordinaryCalls, outageCalls, recoveredCalls, type Call, type Group } from './calls.js'
import { enrolPeople, mintCredentials, type Credentials } from './credentials.js'
import type { Running } from './listen.js'
import { startBetterAuth } from './providers/better-auth.js'
import type { Observed, Row } from './table.js'

export const APP_ORIGIN = 'https://app.example.com'

/** The small API, running three times on one instance. */
interface Apis {
  readonly auth: DualAuth
  readonly urls: Readonly<Record<string, string>>
  /** What the instance decided, newest last. */
  readonly events: AuthEvent[]
  close(): Promise<void>
}

export interface Demo {
  /** The APIs that people use. */
  readonly apis: Apis
  mint(lifetimeSeconds: number): Promise<Credentials>
  /** Makes every call of the table, the outage included; afterwards all is up again. */
  run(): Promise<Row[]>
  close(): Promise<void>
}

export async function startDemo(): Promise<Demo> {
  const [betterAuth, workos] = await Promise.all([startBetterAuth(), startFakeWorkos()])
  const apiKeys = createApiKeyIssuer({ prefix: 'sk_live_' })
  const providers = { legacy: createLegacyIssuer(), betterAuth, workos, apiKeys }
  const accounts = createAccounts()
  const people = await enrolPeople(providers, accounts)

  async function startApis(): Promise<Apis> {
    const events: AuthEvent[] = []
    const auth = createAuth({
      jwtSecret: providers.legacy.secret,
      betterAuthSecret: betterAuth.secret,
      findSession: betterAuth.findSession,
      workosClientId: workos.clientId,
      workosApiUrl: workos.origin,
      keys: apiKeys.store,
      accounts,
      appOrigin: APP_ORIGIN,
      onEvent: (event) => void events.push(event),
    })
    const servers: Record<string, Running> = {
      Express: await startExpress(auth),
      Hono: await startHono(auth),
      Fastify: await startFastify(auth),
    }
    return {
      auth,
      events,
      urls: Object.fromEntries(Object.entries(servers).map(([name, { url }]) => [name, url])),
      close: async () => {
        await Promise.all(Object.values(servers).map((server) => server.close()))
        await auth.close()
      },
    }
  }

  const apis = await startApis()
  await apis.auth.ready()
  // The same once more, but never asked about WorkOS while WorkOS was up: its key set stays cold.
  const cold = await startApis()

  const mint = (lifetimeSeconds: number): Promise<Credentials> => mintCredentials(providers, people, lifetimeSeconds)

  return {
    apis,
    mint,
    async run() {
      const credentials = await mint(300)
      const rows: Row[] = []
      for (const group of ordinaryCalls(credentials, APP_ORIGIN)) rows.push(...(await makeCalls(apis, group)))
      workos.keySet.mode = 'reset'
      rows.push(...(await makeCalls(cold, outageCalls(credentials))))
      rows.push(...(await makeCalls(apis, bridgedCalls(credentials))))
      workos.keySet.mode = 'ok'
      await untilRecovered(cold, credentials)
      rows.push(...(await makeCalls(cold, recoveredCalls(credentials))))
      return rows
    },
    close: async () => {
      await Promise.all([apis.close(), cold.close(), betterAuth.close(), workos.close()])
    },
  }
}

/** One call after the other, so that the events between two calls belong to the first. */
async function makeCalls(apis: Apis, { title, calls }: Group): Promise<Row[]> {
  const rows: Row[] = []
  for (const call of calls) {
    const observed: Observed[] = []
    for (const [framework, url] of Object.entries(apis.urls)) {
      apis.events.length = 0
      observed.push(await makeCall(call, framework, url, apis.events))
    }
    rows.push({ group: title, call, observed })
  }
  return rows
}

/** The caller learns who it is from the answer; whom a refusal concerned, only the operator learns, from the events. */
async function makeCall(call: Call, framework: string, url: string, events: readonly AuthEvent[]): Promise<Observed> {
  const { method, headers } = call
  const response = await fetch(url + call.path, { method, headers, signal: AbortSignal.timeout(10_000) })
  const text = await response.text()
  const body = parse(text)
  const refusal = events.find((event) => event.type === 'refused' || event.type === 'denied')
  const heard = text + JSON.stringify([...response.headers]) + JSON.stringify(events)
  return {
    framework,
    status: response.status,
    id: (response.ok ? body.id : refusal?.type === 'denied' ? refusal.principalId : null) ?? null,
    verifier: (response.ok ? body.verifier : refusal?.verifier) ?? null,
    code: body.code ?? null,
    challenge: response.headers.get('www-authenticate'),
    retryAfter: Number(response.headers.get('retry-after')) > 0,
    leaked: Object.entries(headers).some(([name, value]) => name !== 'origin' && heard.includes(secretPart(value))),
  }
}

function parse(text: string): { id?: string; verifier?: string; code?: string } {
  try {
    return JSON.parse(text) as object
  } catch {
    return {}
  }
}

/** The end of a credential: its signature, or the secret half of a key. */
function secretPart(value: string): string {
  return value.slice(-24)
}

/** As a client does: again until `Retry-After` has passed, then it counts as not recovered. */
async function untilRecovered({ urls }: Apis, { ada }: Credentials): Promise<void> {
  for (let waitedMs = 0; waitedMs < 5_000; waitedMs += 250) {
    const answers = await Promise.all(Object.values(urls).map((url) => fetch(`${url}/me`, { headers: ada.workos })))
    await Promise.all(answers.map((answer) => answer.body?.cancel()))
    if (answers.every(({ status }) => status !== 503)) return
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
