import { afterEach, describe, expect, it } from 'vitest'
import { createOwnSession } from '../../src/sign-in/own-session.js'
import { createBrowser, type Page } from './browser.js'
import { createWorkosWorld, type WorkosWorld } from './workos-world.js'

const MARK = 'dualauth-signed-in'
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe('signing out at WorkOS beside a session of somebody else, whose cookie a sibling subdomain tossed', () => {
  async function open(options: Parameters<typeof createWorkosWorld>[0] = {}) {
    const world = await createWorkosWorld(options)
    closing.push(world.close)
    const signedIn = async (user: string) => {
      const browser = createBrowser()
      world.fake.authKit.signsIn = { user }
      await browser.go(`${world.origin}/auth/sign-in`)
      const cookies = browser.cookies(world.host)
      return { session: cookies.get('wos-session') as string, mark: cookies.get(MARK) as string }
    }
    const [mallory, ada] = [await signedIn('user_mallory'), await signedIn('user_ada')]
    const sidOf = async ({ session }: { session: string }): Promise<string> => {
      const result = await judged(world, session)
      return (result.ok && result.principal.sessionId) || ''
    }
    const sids = { mallory: await sidOf(mallory), ada: await sidOf(ada) }
    return { world, mallory, ada, sids }
  }

  const judged = ({ auth }: WorkosWorld, session: string) =>
    auth.authenticate({ method: 'GET', headers: { cookie: `wos-session=${session}` } })
  const out = ({ origin }: WorkosWorld, pairs: readonly (readonly [string, string])[]): Promise<Page> => {
    const cookie = pairs.map((pair) => pair.join('=')).join('; ')
    return createBrowser().ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin, cookie } })
  }
  const goesTo = ({ headers }: Page): string | null =>
    new URL(headers.get('location') as string).searchParams.get('session_id')

  it.each(['before', 'behind'])(
    'goes to the end of the own one, and ends the other one there: tossed %s it',
    async (where) => {
      const { world, mallory, ada, sids } = await open()
      const sessions = [['wos-session', mallory.session] as const, ['wos-session', ada.session] as const]
      const page = await out(world, [...(where === 'before' ? sessions : sessions.toReversed()), [MARK, ada.mark]])
      expect(goesTo(page)).toBe(sids.ada)
      expect([world.fake.hasEnded(sids.mallory), world.fake.hasEnded(sids.ada)]).toEqual([true, false])
      const results = await Promise.all([mallory, ada].map(({ session }) => judged(world, session)))
      expect(results.map((result) => (result.ok ? 'in' : result.error.code))).toEqual([
        'credential_revoked',
        'credential_revoked',
      ])
    },
  )

  it.each(['is not there', 'was tossed as well'])(
    'ends both there and goes to no page of WorkOS, where the mark of the own one %s',
    async (what) => {
      const { world, mallory, ada, sids } = await open()
      const marks = what === 'is not there' ? [] : [[MARK, mallory.mark] as const, [MARK, ada.mark] as const]
      const page = await out(world, [['wos-session', mallory.session], ['wos-session', ada.session], ...marks])
      expect([page.status, page.headers.get('location')]).toEqual([303, `${world.origin}/`])
      expect([world.fake.hasEnded(sids.mallory), world.fake.hasEnded(sids.ada)]).toEqual([true, true])
    },
  )

  it('ends all that were judged there, where more cookies came along than are judged', async () => {
    const { world, mallory, ada, sids } = await open()
    const tossed = Array.from({ length: 181 }, (_, at) => ['wos-session', `junk${at}`] as const)
    const page = await out(world, [
      ['wos-session', ada.session],
      [MARK, ada.mark],
      ['wos-session', mallory.session],
      ...tossed,
    ])
    expect([page.status, page.headers.getSetCookie().some((field) => field.startsWith('wos-session=;'))]).toEqual([
      400,
      true,
    ])
    expect([world.fake.hasEnded(sids.mallory), world.fake.hasEnded(sids.ada)]).toEqual([true, true])
  })

  it('says so where WorkOS cannot be told to end the other one', async () => {
    const { world, mallory, ada, sids } = await open({ endsSessions: false })
    const page = await out(world, [
      ['wos-session', mallory.session],
      ['wos-session', ada.session],
      [MARK, ada.mark],
    ])
    expect(goesTo(page)).toBe(sids.ada)
    expect(world.events.filter(({ type }) => type === 'endpoint_failed')).toMatchObject([
      { endpoint: 'sign-out', code: null, reason: 'not_revocable', verifier: 'workos' },
    ])
  })

  it('keeps nobody waiting for a WorkOS that is away', async () => {
    const { world, mallory, ada } = await open()
    await world.fake.close()
    const page = await out(world, [
      ['wos-session', mallory.session],
      ['wos-session', ada.session],
    ])
    expect([page.status, page.headers.get('location')]).toEqual([303, `${world.origin}/`])
    expect(world.events.filter(({ type }) => type === 'endpoint_failed')).toHaveLength(2)
  })
})

it('the mark of a session is bound to the site over https, and of no use for another session, secret or callback', async () => {
  const [secrets, others] = [['a'.repeat(32)], ['b'.repeat(32)]]
  const own = createOwnSession(secrets, 'one', true)
  const field = await own.keep('session_1', 3_600)
  expect(field).toMatch(/^__Host-dualauth-signed-in=[\w-]{43}; Path=\/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax$/)
  const cookies = new Map([['__Host-dualauth-signed-in', [(/=([^;]+)/.exec(field) ?? [])[1] as string]]])
  expect(await own.isOwn('session_1', cookies)).toBe(true)
  expect(await createOwnSession([...others, ...secrets], 'one', true).isOwn('session_1', cookies)).toBe(true)
  expect(await own.isOwn('session_2', cookies)).toBe(false)
  for (const another of [createOwnSession(others, 'one', true), createOwnSession(secrets, 'two', true)])
    expect(await another.isOwn('session_1', cookies)).toBe(false)
})
