import { authenticatedRequirement, mountedRequest, runGuard } from '@dualauth/core/adapter'
import type { Stage } from '@dualauth/core'
import { afterEach, describe, expect, it } from 'vitest'
import { customMinter } from '../../src/index.js'
import { APPS, listen } from '../apps.js'
import { createBrowser } from '../sign-in/browser.js'
import { createWorld, everybody, share, type World } from './world.js'

const MONTH = 30 * 86_400
const FORWARD: readonly Stage[] = ['off', 'shadow', 'dual', 'prefer-new', 'new-only', 'retired']

/** What a client meets where it must not go on with what it has: it exchanges, and asks again. */
const EXCHANGEABLE = ['legacy_retired', 'credential_not_accepted']

interface Client {
  /** Asks the API, by whatever it holds; ends in whom the API takes it for. */
  visit(): Promise<string>
  /** Moves to the side that issues, where that is the other one. */
  move(): Promise<void>
}

let close = async (): Promise<void> => {}
afterEach(() => close())

describe.each(Object.entries(APPS))('a person who signed in on the old side, in %s', (_framework, build) => {
  async function start() {
    const shared = share()
    const world: World = createWorld({
      stage: 'off',
      shared,
      bodyTokens: true,
      exchange: {
        automatic: true,
        renew: true,
        maxAgeSeconds: MONTH,
        back: customMinter({
          verifier: 'legacy',
          mint({ principal, endsAt, tokens }) {
            const token = shared.issuer.sign({ userId: principal.id, exp: endsAt })
            if (tokens) return { tokens: { accessToken: token, expiresIn: endsAt - Math.floor(Date.now() / 1000) } }
            return { cookies: [`old=${token}; Path=/; HttpOnly`] }
          },
        }),
      },
      options: { allowNonBrowser: true },
    })
    const server = await listen(await build('/auth', (request) => answer(world, request)))
    close = async () => {
      await world.auth.close()
      await server.close()
    }
    return { world, server }
  }

  it('is never asked to sign in, through all stages and back; nor is her phone, and her service key goes on', async () => {
    const { world, server } = await start()
    await world.join('ada')
    const exp = Math.floor(Date.now() / 1000) + MONTH
    const browser = pageOf(server.origin, world.old('ada', { exp }))
    const other = pageOf(server.origin, world.old('ada', { exp }))
    const phone = phoneOf(server.origin, world.old('ada', { exp }))
    const key = await world.apiKey('ada')
    const service = async (): Promise<string> => {
      const response = await fetch(`${server.origin}/auth/me`, { headers: { 'x-api-key': key, connection: 'close' } })
      return ((await response.json()) as { id: string }).id
    }
    const seen: Record<string, readonly string[]> = {}
    const walk = async (stage: Stage, basisPoints: number, label: string): Promise<void> => {
      await world.publish({ stage, rollout: everybody(basisPoints) })
      // Back at the old side, clients move while both are accepted: the rollback drains.
      if (basisPoints === 0 && stage === 'dual') for (const one of [browser, other, phone]) await one.move()
      seen[label] = [
        await browser.visit(),
        await browser.visit(),
        await other.visit(),
        await phone.visit(),
        await service(),
      ]
    }
    for (const stage of FORWARD) await walk(stage, 10_000, `to ${stage}`)
    // This browser has forgotten the old cookie, as one that was never there.
    other.forget('old')
    for (const stage of [...FORWARD].reverse()) await walk(stage, 0, `back to ${stage}`)
    expect(new Set(Object.values(seen).flat())).toEqual(new Set(['ada']))
    expect(Object.keys(seen)).toHaveLength(12)
    const moved = world.events.filter(({ type }) => type === 'exchanged')
    expect(new Set(moved.map((event) => ('from' in event ? `${event.from} ${event.to}` : '')))).toEqual(
      new Set(['legacy better-auth', 'better-auth legacy']),
    )
    expect(moved.some((event) => 'automatic' in event && event.automatic)).toBe(true)
  })
})

/** `/auth/exchange` is the endpoint; everything else is a route of the application behind a guard. */
async function answer({ auth, handle }: World, request: Request): Promise<Response> {
  if (new URL(request.url).pathname.endsWith('/exchange')) return handle(request)
  const { state, native } = mountedRequest(request)
  const verdict = await runGuard(state, auth, request, native, authenticatedRequirement([]))
  if (verdict.kind === 'refuse') {
    const { status, body, headers } = verdict.answer
    return new Response(body, { status, headers: headers.map(([name, value]): [string, string] => [name, value]) })
  }
  // As slow as a look into a database.
  await new Promise((resolve) => setTimeout(resolve, 20))
  return Response.json({ id: verdict.kind === 'pass' ? verdict.principal?.id : null })
}

function pageOf(origin: string, oldCookie: string): Client & { forget(name: string): void } {
  const browser = createBrowser()
  const jar = browser.cookies(new URL(origin).host)
  jar.set('old', oldCookie)
  const headers = { 'sec-fetch-site': 'same-origin', connection: 'close' }
  const move = async (): Promise<void> => {
    const { status, text } = await browser.ask(`${origin}/auth/exchange`, { method: 'POST', headers })
    if (status !== 200) throw new Error(`the exchange answered ${status} ${text}`)
  }
  const visit = async (isAgain = false): Promise<string> => {
    const { text } = await browser.ask(`${origin}/auth/me`, { headers })
    const { id, code } = JSON.parse(text) as { id?: string; code?: string }
    if (!EXCHANGEABLE.includes(code ?? '') || isAgain) return id ?? String(code)
    await move()
    return visit(true)
  }
  return { visit: () => visit(), move, forget: (name) => void jar.delete(name) }
}

function phoneOf(origin: string, first: string): Client {
  let token = first
  const ask = (path: string, method: string) =>
    fetch(`${origin}/auth${path}`, { method, headers: { authorization: `Bearer ${token}`, connection: 'close' } })
  const move = async (): Promise<void> => {
    const response = await ask('/exchange', 'POST')
    const answered = (await response.json()) as { access_token?: string; code?: string; reason?: string }
    if (answered.access_token !== undefined) token = answered.access_token
    else if (answered.reason !== 'current') throw new Error(`the exchange answered ${response.status} ${answered.code}`)
  }
  const visit = async (isAgain = false): Promise<string> => {
    const { id, code } = (await (await ask('/me', 'GET')).json()) as { id?: string; code?: string }
    if (!EXCHANGEABLE.includes(code ?? '') || isAgain) return id ?? String(code)
    await move()
    return visit(true)
  }
  return { visit: () => visit(), move }
}
