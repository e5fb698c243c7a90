import { createHmac } from 'node:crypto'
import { createDualAuth, workos, type DualAuth, type WorkosEvent, type WorkosSync } from '@dualauth/core'
import { workosWebhook, type Endpoints, type WorkosDelivery, type WorkosWebhookOptions } from '../../src/index.js'

export const SECRET = 'whsec_made_for_this_test_0123456789'
export const NOW = Date.UTC(2026, 10, 29, 12)

/** Keeps in memory which events were settled, and fails on command. */
export interface FakeSync extends WorkosSync {
  readonly kept: WorkosEvent[]
  down: boolean
}

export function fakeSync(): FakeSync {
  const settled = new Set<string>()
  const reading = { begin: async () => ({ after: null }), advance: async () => true, end: async () => {} }
  const sync: FakeSync = {
    kept: [],
    down: false,
    async apply(event, { settle }) {
      if (sync.down) throw new Error('the database at db.internal is down')
      if (settled.has(event.id)) return 'duplicate'
      sync.kept.push(event)
      if (settle) settled.add(event.id)
      return event.event.startsWith('user.') ? 'applied' : 'unknown'
    },
    settle: async (id) => void settled.add(id),
    keep: async (_kind, objects) => objects.map(() => 'applied'),
    ...reading,
    imports: reading,
  }
  return sync
}

export interface Delivered {
  readonly status: number
  readonly code: string | undefined
  readonly reason: string | undefined
  readonly text: string
  readonly headers: Headers
}

export interface Endpoint {
  readonly auth: Pick<DualAuth, 'revoke' | 'respond' | 'verifiers'>
  readonly sync: FakeSync
  readonly revoked: unknown[]
  readonly deliveries: WorkosDelivery[]
  readonly handler: Endpoints
  /** Sends a request as it is; what is left out is as WorkOS sends it. */
  send(
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Readonly<Record<string, string | null>>,
    method?: string,
  ): Promise<Delivered>
}

export function endpoint(options: Partial<WorkosWebhookOptions> = {}): Endpoint {
  const revoked: unknown[] = []
  const real = createDualAuth({ verifiers: [workos({ name: 'workos', clientId: 'client_01' })] })
  const auth = {
    respond: real.respond.bind(real),
    verifiers: real.verifiers,
    async revoke(what: unknown) {
      revoked.push(what)
    },
  }
  const sync = fakeSync()
  const deliveries: WorkosDelivery[] = []
  const handler = workosWebhook({
    auth,
    sync,
    secrets: [SECRET],
    now: () => NOW,
    onDelivery: (delivery) => deliveries.push(delivery),
    ...options,
  })
  return {
    auth,
    sync,
    revoked,
    deliveries,
    handler,
    async send(body, headers = {}, method = 'POST') {
      const sent = new Headers({ 'content-type': 'application/json', 'workos-signature': signatureOf(body) })
      for (const [name, value] of Object.entries(headers)) {
        if (value === null) sent.delete(name)
        else sent.set(name, value)
      }
      const init = { method, headers: sent, ...(method === 'POST' && { body }) }
      const response = await handler(new Request('https://api.example.com/webhooks/workos', init))
      const text = await response.text()
      const { code, reason } = (text === '' ? {} : JSON.parse(text)) as { code?: string; reason?: string }
      return { status: response.status, code, reason, text, headers: response.headers }
    },
  }
}

export function digestOf(body: string | Uint8Array, timestamp: number | string = NOW, secret = SECRET): string {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
}

export function signatureOf(body: string | Uint8Array, timestamp: number | string = NOW, secret = SECRET): string {
  return `t=${timestamp}, v1=${digestOf(body, timestamp, secret)}`
}

/** As WorkOS writes it. */
export function eventText(event: string, data: object = {}, fields: object = {}): string {
  const created_at = new Date(NOW).toISOString()
  return JSON.stringify({ object: 'event', id: 'event_01', event, data, created_at, ...fields })
}
