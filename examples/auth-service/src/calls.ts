import type { Hono } from 'hono'
import type { Running } from './start.js'

/** One call, what it shows, and how it was answered. */
export interface Call {
  readonly shows: string
  readonly expected: string
  readonly seen: string
}

/** Those who were here before. */
export const PEOPLE = `
insert into users (id, email, name, role, organization_id) values
  ('ada', 'ada@example.com', 'Ada', 'user', 'acme'), ('root', 'root@example.com', 'Root', 'admin', null)
  on conflict do nothing;
insert into permissions (user_id, resource, action, organization_id) values
  ('ada', 'things', 'read', null), ('ada', 'reports', 'read', 'acme') on conflict do nothing;`

/** Ada, who was here before, with everything she holds; and the life of one API key. */
export async function makeCalls({ authService, worker, pool, credentialsOf }: Running): Promise<Call[]> {
  await pool.query(PEOPLE)
  const ada = await credentialsOf('ada')
  const root = await credentialsOf('root')
  const calls: Call[] = []
  async function call(shows: string, expected: string, app: Hono, path: string, headers: Headers, more?: More) {
    const json = { 'content-type': 'application/json' }
    const response = await app.request(path, { ...more, headers: more?.body ? { ...headers, ...json } : headers })
    const body = (await response.json()) as Body
    calls.push({ shows, expected, seen: answered(response.status, body) })
    return body
  }

  await call('her old session, as a cookie', '200 ada', authService, '/me', ada.cookie)
  await call('her old session, as a bearer', '200 ada', authService, '/me', ada.session)
  await call('her old token', '200 ada', authService, '/me', ada.legacy)
  await call('her first sign-in at WorkOS', '200 ada', authService, '/me', ada.workos)
  const inAcme = { ...ada.session, 'x-organization': 'acme' }
  const inGlobex = { ...ada.session, 'x-organization': 'globex' }
  await call('acting for her organization', '200 ada', authService, '/me', inAcme)
  await call('and for one that is not hers', '403 organization_mismatch', authService, '/me', inGlobex)
  await call('nobody', '401 credential_missing', authService, '/me', {})

  const newKey = { method: 'POST', body: JSON.stringify({ name: 'nightly export' }) }
  const { key = '', apiKey } = await call('she makes a key', '201 ok', authService, '/apikeys', inAcme, newKey)
  const byKey = { 'x-api-key': key }
  await call('the key', '200 ada', authService, '/me', byKey)
  await call('the key makes no keys', '403 permission_denied', authService, '/apikeys', byKey, newKey)
  const { keys = [] } = await call('she lists her keys', '200 ok', authService, '/apikeys', ada.session)
  const shown = JSON.stringify(keys)
  const listed = shown.includes(apiKey?.id ?? '?') && !shown.includes(key.slice('sk_live_'.length))
  calls.push({ shows: 'and sees the key, but not its secret', expected: 'true', seen: String(listed) })

  await call('another worker, by the key', '200 ada', worker, '/things', byKey)
  await call('another worker, by her old token', '200 ada', worker, '/things', ada.legacy)
  await call('another worker, by WorkOS', '200 ada', worker, '/things', ada.workos)
  await call('what she may not do', '403 permission_denied', worker, '/things', byKey, { method: 'POST' })
  await call('what an admin may', '201 root', worker, '/things', root.legacy, { method: 'POST' })
  const forAcme = { ...ada.legacy, 'x-organization': 'acme' }
  const forGlobex = { ...ada.legacy, 'x-organization': 'globex' }
  await call('another worker, for her organization', '200 ada', worker, '/things', forAcme)
  await call('and for one that is not hers', '403 organization_mismatch', worker, '/things', forGlobex)
  await call('a permission in acme', '200 ok', worker, '/organizations/acme/report', byKey)
  await call('not in globex', '403 permission_denied', worker, '/organizations/globex/report', byKey)

  const path = `/apikeys/${apiKey?.id}`
  await call("somebody else's key", '404 resource_not_found', authService, path, root.legacy, { method: 'DELETE' })
  await call('she revokes it', `200 ${apiKey?.id}`, authService, path, ada.session, { method: 'DELETE' })
  await call('it has ended', '401 credential_revoked', authService, '/me', byKey)
  await call('at the other worker, too', '401 credential_revoked', worker, '/things', byKey)
  return calls
}

/** As `expected` is written: the status, and who or what. */
export function answered(status: number, { code, id, for: whom, by }: Body): string {
  return `${status} ${code ?? id ?? whom ?? by ?? 'ok'}`
}

type Headers = Record<string, string>
type More = { readonly method: string; readonly body?: string }
type Body = Partial<Record<'code' | 'id' | 'for' | 'by' | 'key', string>> & {
  readonly apiKey?: { readonly id: string }
  readonly keys?: readonly object[]
}
