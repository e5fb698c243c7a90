import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDualAuth, workosApiKeys, type AuthEvent } from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { over } from '../support/oidc-refreshing.js'
import { createOidcWorld, type OidcWorld } from '../support/oidc-sessions.js'
import { apiKey } from '../support/requests.js'
import { createSessionWorld, MANAGEMENT_KEY, OVER, sessionCookie, startWorkos } from '../support/workos-sessions.js'

/** A body that nobody may read in a log. */
const HIDDEN = 'hunter2'
/** What an endpoint answers, and what is said of it after its address. */
const ANSWERS = [
  [{ status: 500, body: { error: HIDDEN } }, 'answered 500, application/json, at ', ''],
  [{ status: 404, body: { error: HIDDEN } }, 'answered 404, application/json, at ', ''],
] as const

const messageOf = (events: readonly AuthEvent[], type: AuthEvent['type']): string => {
  const found = events.find((event) => event.type === type) as { readonly error?: { readonly message: string } }
  return found.error?.message ?? ''
}

describe('WorkOS that refreshes no session', () => {
  it.each([
    ...ANSWERS,
    [{ status: 401, body: { error: 'invalid_client' } }, 'answered 401, application/json, at ', '; check `apiKey`'],
    [
      { status: 200, body: { user: HIDDEN } },
      'answered 200, application/json, at ',
      ', without a usable `access_token`',
    ],
  ] as const)('is named with what it answered: %j', async (mode, before, after) => {
    const world = await createSessionWorld()
    const { auth, events } = world.instance()
    world.server.refresh.mode = mode
    await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    await world.close()
    const said = `${before}${world.server.origin}/user_management/authenticate${after}`
    expect(messageOf(events, 'session_refreshed')).toBe(`WorkOS: refreshing a session: ${said}`)
    expect(messageOf(events, 'unavailable')).toContain(said)
    expect(JSON.stringify(events)).not.toContain(HIDDEN)
  })

  it('is named where nothing comes back', async () => {
    const world = await createSessionWorld()
    const { auth, events } = world.instance()
    world.server.refresh.mode = 'reset'
    await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    await world.close()
    expect(messageOf(events, 'session_refreshed')).toContain(
      `no answer: ${world.server.origin}/user_management/authenticate: fetch failed`,
    )
  })
})

describe('WorkOS that validates no API key', () => {
  it.each([
    ...ANSWERS,
    [{ status: 401, body: { error: HIDDEN } }, 'answered 401, application/json, at ', '; check `apiKey`'],
    [{ status: 200, body: { profile: HIDDEN } }, 'answered 200, application/json, at ', ', without a usable `api_key`'],
  ] as const)('is named with what it answered: %j', async (mode, before, after) => {
    const server = await startWorkos(createClock())
    const events: AuthEvent[] = []
    const auth = createDualAuth({
      verifiers: [workosApiKeys({ name: 'keys', apiKey: MANAGEMENT_KEY, apiUrl: server.origin })],
      onEvent: (event) => void events.push(event),
    })
    const { value } = server.apiKeys.issue({ owner: 'org_1' })
    server.apiKeys.mode = mode
    await auth.authenticate(apiKey(value))
    const { steps } = await auth.diagnose({ header: 'x-api-key', value })
    await auth.close()
    await server.close()
    const said = `WorkOS: validating an API key: ${before}${server.origin}/api_keys/validations${after}`
    expect(messageOf(events, 'unavailable')).toContain(said)
    expect(steps.at(-1)?.findings).toEqual([`keys cannot tell: ${said}`])
    expect(JSON.stringify([events, steps])).not.toContain(HIDDEN)
  })
})

describe('a provider whose token endpoint refreshes no session', () => {
  let world: OidcWorld
  beforeEach(async () => {
    world = await createOidcWorld()
  })
  afterEach(() => world.close())

  it.each([
    ...ANSWERS,
    [{ status: 401, body: { error: 'invalid_client' } }, 'answered 401, application/json, at ', '; check `client`'],
    [
      { status: 200, body: { profile: HIDDEN } },
      'answered 200, application/json, at ',
      ', without a usable `access_token`',
    ],
  ] as const)('is named with what it answered: %j', async (mode, before, after) => {
    const app = world.instance()
    const sent = await over(world, app)
    world.provider.token.mode = mode
    await app.auth.authenticate(sent)
    const said = `${before}${world.provider.origin}/token${after}`
    expect(messageOf(app.events, 'session_refreshed')).toBe(`oidc: refreshing a session: ${said}`)
    expect(messageOf(app.events, 'unavailable')).toContain(said)
    expect(JSON.stringify(app.events)).not.toContain(HIDDEN)
  })

  it('is named with the member of its metadata that is missing', async () => {
    const app = world.instance()
    world.provider.discovery.fields = { token_endpoint: undefined }
    await app.auth.authenticate(await over(world, app))
    expect(messageOf(app.events, 'session_refreshed')).toContain(
      `at ${world.provider.origin}/.well-known/openid-configuration: the document names no \`token_endpoint\``,
    )
  })
})
