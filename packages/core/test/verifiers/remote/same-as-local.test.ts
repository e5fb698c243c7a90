import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createApiKey,
  createDualAuth,
  remote,
  remoteForms,
  serveRemote,
  type AuthRequest,
  type DualAuth,
  type RemoteForm,
} from '../../../src/index.js'
import { seconds } from '../../support/clock.js'
import { apiKey, bearer, cookies } from '../../support/requests.js'
import { found, sessionToken, signedCookie } from '../../support/sessions.js'
import { legacyClaims, mint } from '../../support/tokens.js'
import { createSessionWorld, type SessionWorld } from '../../support/workos-sessions.js'
import { createWorld, type World } from '../../support/world.js'

const SESSION = '__Secure-better-auth.session_token'

let world: World
let sessions: SessionWorld
/** The same request, judged here and by a service. */
let pairs: Record<'workos' | 'others', { readonly local: DualAuth; readonly far: DualAuth }>
let genuine: { readonly session: string; readonly signed: string; readonly key: string; readonly token: string }

beforeAll(async () => {
  world = await createWorld()
  sessions = await createSessionWorld()
  const token = sessionToken('same')
  world.sessions.set(token, found('ba-7'))
  const { key, record } = await createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: 'o-7' }, scopes: ['*'] })
  world.store.add(record)
  const far = (local: DualAuth) => {
    // As JSON, which may be pasted.
    const credentials = JSON.parse(JSON.stringify(remoteForms(local))) as RemoteForm[]
    const verifiers = [remote({ name: 'service', credentials, validate: serveRemote(local) })]
    return { local, far: createDualAuth({ verifiers, now: world.clock.now }) }
  }
  const { whole } = sessions.instance({ session: { cookie: { chunks: true } } })
  pairs = {
    workos: far(whole),
    others: far(world.auth),
  }
  genuine = { session: await sessions.sealed(), signed: await signedCookie(token), key, token: mint() }
})
afterAll(async () => {
  await world.close()
  await sessions.close()
})

/** What no verifier owns by its shape is credential_invalid where a service was asked for it. */
const UNOWNED = new Set(['credential_missing', 'credential_unsupported'])

async function same({ local, far }: (typeof pairs)['others'], request: AuthRequest): Promise<string> {
  const [here, there] = (await Promise.all([local, far].map((auth) => auth.authenticate(request)))).map((result) =>
    result.ok ? `ok ${result.principal.id}` : result.error.code,
  ) as [string, string]
  const expected = UNOWNED.has(here) ? [here, 'credential_invalid'] : [here]
  expect(expected).toContain(there)
  return there
}

/** Anything that a header can hold, and more: controls, quotes, percent signs, and genuine beginnings and ends. */
const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('\t', '\0', '\r', '\n', '\u007f', ' ', '"', '%', '=', ',', ';', '.', 'a', 'é'),
    maxLength: 12,
  }),
)
const around = (value: () => string) =>
  fc.oneof(
    junk,
    fc.tuple(junk, junk).map(([before, after]) => `${before}${value()}${after}`),
    fc.tuple(fc.nat(), junk).map(([at, inside]) => {
      const cut = at % (value().length + 1)
      return `${value().slice(0, cut)}${inside}${value().slice(cut)}`
    }),
  )

describe('a value that a client sends', () => {
  it.each<[string, () => fc.Arbitrary<AuthRequest>, keyof typeof pairs]>([
    ['a sealed session', () => around(() => genuine.session).map((v) => cookies(['wos-session', v])), 'workos'],
    [
      'a sealed session in chunks',
      () =>
        fc
          .tuple(
            around(() => genuine.session),
            junk,
          )
          .map(([a, b]) => cookies(['wos-session.0', a], ['wos-session.1', b])),
      'workos',
    ],
    [
      'a session token, and what lies beside it',
      () =>
        fc
          .tuple(
            around(() => genuine.signed),
            junk,
          )
          .map(([v, data]) => cookies([SESSION, v], ['__Secure-better-auth.session_data', data])),
      'others',
    ],
    ['an API key', () => around(() => genuine.key).map(apiKey), 'others'],
    ['a bearer', () => around(() => genuine.token).map((v) => bearer(v)), 'others'],
  ])('ends the same, whether it is judged here or by a service: %s', async (_, requests, which) => {
    await fc.assert(fc.asyncProperty(requests(), async (request) => void (await same(pairs[which], request))))
  })

  it.each([
    ['with a tab within', 'a\tb', 'credential_invalid'],
    ['with other controls', 'a\u0001\u007fb', 'credential_invalid'],
    ['of quotes', '""a""', 'credential_invalid'],
    ['of more quotes than it may have', '""$""', 'credential_invalid'],
    ['with blanks within the quotes', '" $ "', 'credential_invalid'],
  ])('%s is refused, not an outage', async (_, value, code) => {
    expect(await same(pairs.workos, cookies(['wos-session', value.replace('$', genuine.session)]))).toBe(code)
  })

  it('that is genuine is accepted, in quotes and with blanks around it as well', async () => {
    for (const value of [genuine.session, `"${genuine.session}"`, ` \t${genuine.session} `])
      expect(await same(pairs.workos, cookies(['wos-session', value]))).toBe('ok user_01')
  })

  it('that is just over is as good as the service’s tolerance says', async () => {
    for (const [exp, expected] of [
      [seconds(-3), 'ok user-7'],
      [seconds(-6), 'credential_expired'],
    ] as const)
      expect(await same(pairs.others, bearer(mint({ claims: legacyClaims({ exp }) })))).toBe(expected)
  })

  it('names roles as odd as the service takes them', async () => {
    const world = await createWorld({ link: () => ({ id: 'user-7\u0085', roles: ['', 'a\tb', 'x'.repeat(2_000)] }) })
    const far = createDualAuth({
      verifiers: [remote({ name: 's', credentials: [{ jwtIssuer: null }], validate: serveRemote(world.auth) })],
      now: world.clock.now,
    })
    await same({ local: world.auth, far }, bearer(mint()))
    await world.close()
  })
})
