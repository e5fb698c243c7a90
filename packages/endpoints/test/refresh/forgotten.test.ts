import { afterEach, describe, expect, it } from 'vitest'
import { oidcTokens, type TokenGrant } from '../../src/index.js'
import { createWorld, type TokenOptions, type World } from './world.js'

let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})
const open = async (options: TokenOptions = {}): Promise<World> =>
  (world = await createWorld({ store: null, ...options }))

const forgotten = ({ events }: World) =>
  events.filter((event) => event.type === 'endpoint_failed' && event.reason === 'family_forgotten')

/** Past the grace. */
const LATER = 31_000

describe('without a store, an app of one process', () => {
  it('finds a refresh token out that comes again, also where more people sign in than its memory has room for', async () => {
    const here = await open()
    here.provider.token.rotates = false
    const { answer } = here.provider.signIn({ subject: 'bob' })
    const { issuer, client } = here.provider
    const real = oidcTokens({ issuer, clientId: client.id, clientSecret: client.secret })
    const others = here.instance({
      provider: {
        id: 'others',
        refresh: async ({ refreshToken }): Promise<TokenGrant> =>
          refreshToken.startsWith('other-')
            ? {
                outcome: 'granted',
                accessToken: String(answer.access_token),
                refreshToken: null,
                expiresInSeconds: 300,
                organization: null,
              }
            : real.refresh({ refreshToken, organization: null, isProved: true }),
        revoke: async (what) => void here.revoked.push(what),
      },
    })
    const stolen = await here.refresh(here.signIn(), others)
    const next = await here.refresh(stolen.refreshToken, others)
    for (let at = 0; at < 10_000; at += 100)
      await Promise.all(Array.from({ length: 100 }, (_, place) => here.refresh(`other-${at + place}`, others)))
    here.clock.offset = LATER
    expect((await here.refresh(stolen.refreshToken, others)).outcome).toBe('401 credential_revoked')
    expect(here.reuses).toMatchObject([{ principalId: 'ada' }])
    expect(here.revoked).toHaveLength(1)
    expect((await here.refresh(next.refreshToken, others)).outcome).toBe('401 credential_revoked')
    expect(forgotten(here)).toEqual([])
  }, 60_000)

  it('lets a refresh token of before it began in, says so, and finds out whichever comes again', async () => {
    const here = await open()
    here.provider.token.rotates = false
    const stolen = await here.refresh(here.signIn())
    const own = await here.refresh(stolen.refreshToken)
    const restarted = here.instance()
    const thief = await here.refresh(stolen.refreshToken, restarted)
    expect(thief.outcome).toBe('200')
    expect(forgotten(here)).toMatchObject([{ endpoint: 'refresh', code: null }])
    const person = await here.refresh(own.refreshToken, restarted)
    expect(person.outcome).toBe('200')
    here.clock.offset = LATER
    expect((await here.refresh(thief.refreshToken, restarted)).outcome).toBe('401 credential_revoked')
    expect((await here.refresh(person.refreshToken, restarted)).outcome).toBe('401 credential_revoked')
    expect(JSON.stringify(forgotten(here))).not.toContain('dualauth.1.')
  })

  it('says so once a minute, however many phones come', async () => {
    const here = await open()
    const tokens = await Promise.all(['ada', 'bob', 'eve'].map(async (who) => here.refresh(here.signIn(who))))
    const restarted = here.instance()
    for (const { refreshToken } of tokens) expect((await here.refresh(refreshToken, restarted)).outcome).toBe('200')
    expect(forgotten(here)).toHaveLength(1)
  })
})
