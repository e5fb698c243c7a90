import { afterEach, describe, expect, it } from 'vitest'
import { createBrowser, createWorld, type World } from './world.js'

let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

describe('signing out by a script', () => {
  it('answers where to go on at the provider, without what shows who that is, and clears the cookies', async () => {
    world = await createWorld()
    const { origin, host, provider, signIn, me } = world
    const browser = createBrowser()
    await signIn(browser)
    const headers = { origin, accept: 'application/json' }
    const out = await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers })
    expect([out.status, out.headers.get('location')]).toEqual([200, null])
    const { location } = JSON.parse(out.text) as { location: string }
    expect(location).toMatch(new RegExp(`^${provider.issuer}/session/end\\?`))
    expect([...new URL(location).searchParams.keys()].toSorted()).toEqual(['client_id', 'post_logout_redirect_uri'])
    expect([...browser.cookies(host).keys()]).toEqual([])
    expect(await me(browser)).toBe('401 credential_missing')
  })

  it('goes home where nobody was signed in', async () => {
    world = await createWorld()
    const { origin } = world
    const headers = { origin, accept: 'application/json' }
    const out = await createBrowser().ask(`${origin}/auth/sign-out`, { method: 'POST', headers })
    expect(JSON.parse(out.text)).toEqual({ location: `${origin}/` })
  })

  it('is a redirect for a form, whatever else it would take', async () => {
    world = await createWorld()
    const { origin } = world
    const headers = { origin, accept: 'text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8' }
    const out = await createBrowser().ask(`${origin}/auth/sign-out`, { method: 'POST', headers })
    expect(out.status).toBe(303)
  })
})
