import { createDualAuth } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { describe, expect, it } from 'vitest'
import { introspectionHandler, type IntrospectionHandlerOptions } from '../src/index.js'
import { safeReturnTo } from '../src/sign-in/return-to.js'
import { createBrowser, createWorld } from './sign-in/world.js'
import { endpoint, eventText } from './workos/delivery.js'
import { legacyOf } from './legacy.js'

const never = (): Promise<never> => new Promise(() => {})

describe.concurrent('a function that never settles is an outage', { timeout: 20_000 }, () => {
  it('at a sign-out: signOut of the application', async () => {
    const world = await createWorld({ signOut: never })
    const headers = { origin: world.origin, cookie: `old=${world.oldToken('ada')}` }
    const response = await fetch(`${world.origin}/auth/sign-out`, { method: 'POST', headers, redirect: 'manual' })
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, 'store_unavailable'])
    await world.close()
  })

  it('at the callback of a sign-in: link of the application', async () => {
    const world = await createWorld({ instance: { link: never } })
    const browser = createBrowser()
    const page = await world.signIn(browser)
    expect([page.status, (JSON.parse(page.text) as { code: string }).code]).toEqual([503, 'account_unavailable'])
    expect(browser.cookies(world.host).has('session')).toBe(false)
    await world.close()
  })

  it.each<[string, Partial<IntrospectionHandlerOptions>]>([
    ['mayKnow', { mayKnow: never }],
    ['describe', { describe: never }],
  ])('at an introspection: %s', async (_name, options) => {
    const issuer = createLegacyIssuer()
    const auth = createDualAuth({
      verifiers: [legacyOf(issuer)],
    })
    const secret = 's'.repeat(40)
    const handle = introspectionHandler({ auth, clients: [{ id: 'billing', secrets: [secret] }], ...options })
    const body = new URLSearchParams({ token: issuer.sign({ userId: 'ada' }) })
    const headers = { authorization: `Basic ${btoa(`billing:${secret}`)}` }
    const response = await handle(new Request('https://api.example.com/introspect', { method: 'POST', headers, body }))
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, 'account_unavailable'])
  })

  it('at a webhook: the store of its events', async () => {
    const delivery = endpoint()
    Object.assign(delivery.sync, { apply: never })
    const updated = eventText('user.updated', { id: 'user_1', updated_at: new Date().toISOString() })
    expect((await delivery.send(updated)).status).toBe(503)
  })
})

it('a sign-in whose callback lies at the root of the site leads back to every page but its own', () => {
  const callback = new URL('https://app.example.com/callback')
  expect(safeReturnTo('/things?page=2', callback, '/')).toBe('/things?page=2')
  for (const page of ['/sign-in', '/callback?code=x', '/sign-out', '/me', '/refresh'])
    expect(safeReturnTo(page, callback, '/home')).toBe('/home')
})
