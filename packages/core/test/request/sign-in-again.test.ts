import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { oidcRefresh, oidcSession, type AuthRequest } from '../../src/index.js'
import { createFeed } from '../support/feed.js'
import { createOidcWorld, NAME, valueOf, type OidcInstance, type OidcWorld } from '../support/oidc-sessions.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'
import { COOKIE_PASSWORD } from '../support/seals.js'

const IN = '200 user-7 by idp'
const OUT = '401 credential_revoked'
/** The provider's own session, which goes on when the one here is signed out. */
const SID = 'sid-1'

let world: OidcWorld
beforeEach(async () => {
  world = await createOidcWorld()
})
afterEach(() => world.close())

/** Somebody comes back from the provider; by default, the sign-in began right now. */
async function signIn({ begin }: OidcInstance, begunAt: number | undefined = world.clock.now()): Promise<AuthRequest> {
  return begin({ claims: { sid: SID } }, begunAt === undefined ? {} : { signInBegunAt: begunAt })
}
const carried = ({ begin }: OidcInstance): Promise<AuthRequest> => begin({ claims: { sid: SID } })
const says = ({ auth }: OidcInstance, sent: AuthRequest): Promise<string> => outcome(auth, sent)
const accessToken = (): AuthRequest => bearer(world.provider.accessToken({ sub: 'user-7', sid: SID }))

describe('signing in again while the session of the provider goes on', () => {
  it('works at every instance; what was signed out stays out, seen before or not', async () => {
    const revocations = createFeed()
    const options = { instance: { revocations, remember: { linkMaxAgeMs: 60_000 } } }
    const [here, there] = [world.instance(options), world.instance(options)]
    const [older, old] = [await signIn(here), await signIn(here)]
    expect([await says(here, old), await says(there, old)]).toEqual([IN, IN])
    world.clock.advance(60_000)
    expect(await here.whole.signOut(old)).toEqual([{ verifier: 'idp', sessionId: SID }])
    world.clock.advance(1)
    const again = await signIn(there)
    for (const instance of [here, there])
      expect([await says(instance, again), await says(instance, again)]).toEqual([IN, IN])
    for (const instance of [here, there])
      expect([await says(instance, old), await says(instance, older)]).toEqual([OUT, OUT])
  })

  it('ends with the next sign-out', async () => {
    const here = world.instance()
    await here.whole.signOut(await signIn(here))
    world.clock.advance(1)
    const again = await signIn(here)
    expect(await says(here, again)).toBe(IN)
    world.clock.advance(1)
    await here.whole.signOut(again)
    expect(await says(here, again)).toBe(OUT)
  })

  it('brings no token of the session back: a refresh dates it later, and nobody signed in by that', async () => {
    const here = world.instance()
    await here.whole.signOut(await signIn(here))
    world.clock.advance(60_000)
    expect([await says(here, await signIn(here)), await says(here, accessToken())]).toEqual([IN, OUT])
  })

  it('is needed for it: neither a session that was carried across, nor one of whose sign-in nobody knows, is one', async () => {
    const here = world.instance()
    await here.whole.signOut(await signIn(here))
    world.clock.advance(60_000)
    expect(await says(here, await carried(here))).toBe(OUT)
  })

  it('is one that began after the sign-out, not one that only came back after it', async () => {
    const here = world.instance()
    const begunAt = world.clock.now()
    const old = await signIn(here)
    world.clock.advance(5_000)
    await here.whole.signOut(old)
    world.clock.advance(5_000)
    expect(await says(here, await signIn(here, begunAt))).toBe(OUT)
    expect(await says(here, await signIn(here, begunAt + 4_999))).toBe(OUT)
    expect(await says(here, await signIn(here))).toBe(IN)
  })

  it('is told from the one before within one second', async () => {
    const here = world.instance()
    world.clock.advance(100)
    const old = await signIn(here)
    world.clock.advance(200)
    await here.whole.signOut(old)
    world.clock.advance(200)
    expect([await says(here, await signIn(here)), await says(here, old)]).toEqual([IN, OUT])
  })

  it('leaves nobody in whom an instance signed in whose clock is ahead, and lets in once the clock has passed that', async () => {
    const here = world.instance()
    const now = world.clock.now()
    const ahead = await here.begin({ claims: { sid: SID } }, { now: now + 3_000, signInBegunAt: now + 3_000 })
    await here.whole.signOut(ahead)
    expect(await says(here, ahead)).toBe(OUT)
    expect(await says(here, await signIn(here))).toBe(OUT)
    world.clock.advance(3_001)
    expect([await says(here, await signIn(here)), await says(here, ahead)]).toEqual([IN, OUT])
  })

  it('is dated no later than the session begins, whatever it is told', async () => {
    const here = world.instance()
    const old = await signIn(here, world.clock.now() + 3_600_000)
    world.clock.advance(1)
    await here.whole.signOut(accessToken())
    expect(await says(here, old)).toBe(OUT)
  })

  it('keeps its date when it is refreshed, and what was refreshed keeps the one before', async () => {
    const revocations = createFeed()
    const [here, there] = [world.instance({ instance: { revocations } }), world.instance({ instance: { revocations } })]
    const old = await signIn(here)
    world.clock.advance(301_000)
    const refreshed = await here.auth.authenticate(old)
    expect([refreshed.ok, refreshed.cookies.length]).toEqual([true, 1])
    const [{ field } = { field: '' }] = refreshed.cookies
    const renewed: AuthRequest = { method: 'GET', headers: { cookie: field.slice(0, field.indexOf(';')) } }
    expect(valueOf(renewed)).not.toBe(valueOf(old))
    world.clock.advance(1_000)
    // The browser still sent the cookie from before the refresh.
    await there.whole.signOut(old)
    world.clock.advance(1_000)
    expect([await says(here, renewed), await says(there, renewed)]).toEqual([OUT, OUT])
    const again = await signIn(there)
    world.clock.advance(301_000)
    expect(await says(there, again)).toBe(IN)
  })

  it('works for whoever acts for another organization, and is what a diagnosis says', async () => {
    const here = world.instance({
      instance: {
        link: ({ subject }: { subject: string }) => ({ id: subject, memberships: ['acme'] }),
        organization: () => 'acme',
      },
    })
    const old = await signIn(here)
    await here.whole.signOut(old)
    world.clock.advance(1)
    const again = await signIn(here)
    expect([await says(here, again), await says(here, old)]).toEqual([IN, OUT])
    const code = async (sent: AuthRequest) => (await here.whole.diagnose({ cookie: NAME, value: valueOf(sent) })).code
    expect([await code(again), await code(old)]).toEqual([null, 'credential_revoked'])
  })

  it('counts for nothing in what somebody held before the sign-out', async () => {
    const here = world.instance()
    const began = Math.floor(world.clock.now() / 1000)
    await here.whole.signOut(await signIn(here))
    world.clock.advance(1_000)
    const again = await signIn(here)
    const heldSince = async (seconds: number) => (await here.auth.authenticate(again, { heldSince: seconds })).ok
    expect([await heldSince(began - 1), await heldSince(began + 2)]).toEqual([false, true])
  })
})

describe('auth.revoke of a session', () => {
  it('ends it for good, also for whoever signs in to it later', async () => {
    const here = world.instance()
    await here.whole.revoke({ session: SID, verifier: 'idp' })
    world.clock.advance(60_000)
    expect(await says(here, await signIn(here))).toBe(OUT)
  })

  it('leaves a later sign-in alone where it has a date', async () => {
    const here = world.instance()
    const old = await signIn(here)
    world.clock.advance(1)
    await here.whole.revoke({ session: SID, verifier: 'idp', issuedBefore: world.clock.now() })
    expect([await says(here, old), await says(here, await signIn(here)), await says(here, accessToken())]).toEqual([
      OUT,
      IN,
      OUT,
    ])
  })
})

it('a session says when its sign-in began in milliseconds', async () => {
  const session = oidcSession({
    cookiePasswords: [COOKIE_PASSWORD],
    refresh: oidcRefresh({ client: world.provider.client }),
  })
  const { claims } = world.provider.signIn({ subject: 'user-7' })
  const begun = session.begin({ verifier: 'idp', claims, signInBegunAt: Math.floor(world.clock.now() / 1000) })
  await expect(begun).rejects.toMatchObject({
    code: 'configuration_invalid',
    message: expect.stringContaining('oidcSession.begin.signInBegunAt') as string,
  })
})
