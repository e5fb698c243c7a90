import { deepEqual, equal, match, ok } from 'node:assert/strict'
import type { Case, CaseContext } from '../cases.js'
import { PROVIDER_ORIGIN } from '../endpoints.js'
import { header, type Reply } from '../http-client.js'
import type { OidcInPlay } from '../oidc.js'
import { TRUSTED_ORIGIN } from '../subject.js'

const OWN = { origin: TRUSTED_ORIGIN, 'sec-fetch-site': 'same-origin' }

const fields = ({ headers }: Reply): readonly string[] => [headers['set-cookie'] ?? []].flat()
const nameOf = (field: string): string => field.slice(0, field.indexOf('='))
const isClearing = (field: string): boolean => /; Max-Age=0(;|$)/.test(field)

/** What the browser is told, in short: the status, the code of a problem, the names of the cookies. */
const said = (reply: Reply): readonly unknown[] => [
  reply.status,
  reply.text.startsWith('{') ? reply.json()['code'] : undefined,
  fields(reply).map(nameOf),
]

function post({ call }: CaseContext, path: string, cookie: string, headers: Record<string, string> = OWN) {
  return call({ method: 'POST', path: `/mounted/${path}`, headers: { ...headers, cookie } })
}

/** Whom the API takes a browser for. */
async function use({ call }: CaseContext, cookie: string): Promise<string> {
  const { status, text } = await call({ path: '/guarded/me', headers: { cookie } })
  const { id, code } = JSON.parse(text) as { id?: string; code?: string }
  return `${status} ${id ?? code}`
}

/** Signing in, exchanging, refreshing and signing out, as a browser meets them behind an adapter. */
export const signingCases: readonly Case[] = [
  {
    name: 'ends with a sign-out every cookie of the request, also where it was copied, sent twice or is of several sides',
    app: 'mounted',
    withOidc: true,
    async check(context) {
      const { subject } = context
      const pairs = [
        `legacy=${subject.token('editor-1')}`,
        `legacy=${subject.token('editor-2')}`,
        'session=editor-1',
        await (context.oidc as OidcInPlay).dueCookie('editor-1'),
      ]
      const out = await post(context, 'auth/sign-out', pairs.join('; '))
      equal(out.status, 303)
      equal(header(out, 'location'), `${PROVIDER_ORIGIN}/end?to=${encodeURIComponent(`${TRUSTED_ORIGIN}/home`)}`)
      ok(fields(out).every(isClearing))
      deepEqual(
        ['legacy', 'session'].filter((name) => !fields(out).map(nameOf).includes(name)),
        [],
      )
      for (const pair of pairs) deepEqual([pair, await use(context, pair)], [pair, '401 credential_revoked'])
    },
  },
  {
    name: 'lets in who signs in again after a sign-out, where the provider goes on with its session, and no copy of before',
    app: 'mounted',
    withOidc: true,
    async check(context) {
      const { signedIn } = context.oidc as OidcInPlay
      const claims = { sid: 'goes-on' }
      const before = await signedIn('editor-1', claims, Date.now() - 1_000)
      const pending = Date.now() - 1
      equal(await use(context, before), '200 app-editor-1')
      equal((await post(context, 'auth/sign-out', before)).status, 303)
      const again = await signedIn('editor-1', claims, Date.now())
      deepEqual(
        [
          await use(context, again),
          await use(context, before),
          await use(context, await signedIn('editor-1', claims, pending)),
        ],
        ['200 app-editor-1', '401 credential_revoked', '401 credential_revoked'],
      )
    },
  },
  {
    name: 'refuses a sign-out of another site, or without a word about its own, and the session lives on',
    app: 'mounted',
    async check(context) {
      const cookie = 'session=carried-editor-1'
      for (const headers of [
        { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
        { origin: TRUSTED_ORIGIN, 'sec-fetch-site': 'same-site' },
        { origin: `${TRUSTED_ORIGIN}.evil.example` },
        { origin: 'null' },
        {},
      ] as Record<string, string>[])
        deepEqual(
          [headers, said(await post(context, 'auth/sign-out', cookie, headers))],
          [headers, [403, 'origin_untrusted', []]],
        )
      const look = await context.call({ path: '/mounted/auth/sign-out', headers: { ...OWN, cookie } })
      deepEqual(said(look), [405, 'method_not_allowed', []])
      equal(await use(context, cookie), '200 app-editor-1')
    },
  },
  {
    name: 'sends nobody to another site after a sign-in, whatever the link says',
    app: 'mounted',
    async check({ call }) {
      const home = `${TRUSTED_ORIGIN}/home`
      for (const [returnTo, expected] of [
        ['/things?page=2', `${TRUSTED_ORIGIN}/things?page=2`],
        ['//evil.example', home],
        ['/\\evil.example', home],
        ['https://evil.example/', home],
        [`${TRUSTED_ORIGIN}@evil.example`, home],
        ['/\t/evil.example', home],
        ['javascript:alert(1)', home],
        ['/a\r\nSet-Cookie: x=y', home],
      ] as const) {
        const begun = await call({ path: `/mounted/auth/sign-in?${new URLSearchParams({ returnTo })}` })
        equal(begun.status, 303)
        const { origin, searchParams } = new URL(header(begun, 'location'))
        equal(origin, PROVIDER_ORIGIN)
        const cookie = fields(begun)
          .map((field) => field.slice(0, field.indexOf(';')))
          .join('; ')
        const path = `/mounted/auth/callback?state=${searchParams.get('state') ?? ''}&code=x`
        const back = await call({ path, headers: { cookie } })
        const at = new URL(header(back, 'location'), `${TRUSTED_ORIGIN}/`).href
        if (returnTo.startsWith('/a')) equal(new URL(at).origin, TRUSTED_ORIGIN)
        else deepEqual([returnTo, back.status, at], [returnTo, 303, expected])
        ok(fields(back).includes('session=carried-editor-1; Path=/; HttpOnly'))
      }
    },
  },
  {
    name: 'gives nobody a session in exchange for one that was revoked meanwhile',
    app: 'mounted',
    withMigration: true,
    async check(context) {
      const { subject } = context
      subject.publish({ stage: 'dual', settleMs: 0, rollout: { unit: 'user', salt: 's', basisPoints: 10_000 } })
      const cookie = `legacy=${subject.token('editor-1')}`
      subject.minter.state = 'held'
      const exchanged = post(context, 'exchange', cookie)
      await subject.minter.asked
      await subject.auth.revoke({ principal: 'app-editor-1' })
      subject.minter.release()
      deepEqual(said(await exchanged), [401, 'credential_revoked', []])
      deepEqual(subject.minter.counts, { minted: 1, ended: 1 })
      const other = await post(context, 'exchange', `legacy=${subject.token('editor-2')}`)
      deepEqual(said(other), [200, undefined, ['session']])
      const foreign = await post(context, 'exchange', `legacy=${subject.token('editor-3')}`, {})
      deepEqual(said(foreign), [403, 'origin_untrusted', []])
    },
  },
  {
    name: 'answers 503, not 401, to a refresh while the provider is down, and the session is as good as before',
    app: 'mounted',
    withOidc: true,
    async check(context) {
      const { provider, dueCookie } = context.oidc as OidcInPlay
      const cookie = await dueCookie('editor-1')
      provider.token.mode = { status: 503, headers: { 'retry-after': '7' } }
      const away = await post(context, 'refresh', cookie)
      deepEqual([...said(away), header(away, 'retry-after')], [503, 'verifier_unavailable', [], '7'])
      provider.token.mode = 'ok'
      const refreshed = await post(context, 'refresh', cookie)
      deepEqual([refreshed.status, refreshed.json()['id']], [200, 'app-editor-1'])
      match(fields(refreshed).join(), /^__Host-session=Fe26\.2\*/)
      ok(!/access_token|refresh_token/.test(refreshed.text))
    },
  },
]
