import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import type { Case, CaseContext } from '../cases.js'
import { header } from '../http-client.js'

const BACKSLASHES = '/orgs/other\\..\\acme'

/** Other ways to write `/orgs/acme` and paths that look like it; which of them a router takes for it differs. */
const SPELLINGS = [
  '/%6frgs/acme',
  '/%6F%72%67%73/%61%63%6D%65/things',
  '/orgs/%61cme',
  '/ORGS/acme',
  '/%4frgs/acme',
  '/orgs%2Facme',
  '/orgs/acme%2Fthings',
  '/orgs/acme%2f..%2Fglobex',
  '/orgs/globex%2F..%2Facme',
  '/%256frgs/acme',
  '/orgs/%2561cme',
  '/orgs/acme%00',
  '/orgs/acme%20',
  '/orgs/acme;globex',
  '/orgs//acme',
  '//orgs/acme',
  '/%6frgs/acme%',
  '/orgs/%%36%31cme',
  '/orgs/acme%ff',
] as const
/** Of another organization, or of none. */
const OTHERS = [
  '/organizations/globex',
  '/organizations/%67lobex',
  '/%6frganizations/globex',
  '/ORGANIZATIONS/globex',
  '/organizations/acme%2F..%2Fglobex',
  '/organizations/globex%2F..%2Facme',
  '/organizations/%2567lobex',
  '/organizations/%2561cme',
  '/organizations/acme%00',
  '/organizations/globex;acme',
] as const
const CLOSED = [400, 403, 404]

type Statuses = Readonly<Record<string, readonly [path: string, status: number, method?: string]>>

/** Status by caller: the key is the subject of a bearer. */
async function expectStatuses({ call, subject }: CaseContext, statuses: Statuses): Promise<void> {
  for (const [caller, [path, status, method = 'GET']] of Object.entries(statuses)) {
    const reply = await call({ method, path, headers: { authorization: `Bearer ${subject.token(caller)}` } })
    equal(reply.status, status, `${caller} ${method} ${path}`)
  }
}

export const guardCases: readonly Case[] = [
  {
    name: 'lets everybody through to a route without a guard, also with a stale credential',
    app: 'standard',
    async check({ call }) {
      equal((await call({ path: '/public' })).status, 200)
      equal((await call({ path: '/public', headers: { authorization: 'Bearer stale' } })).status, 200)
    },
  },
  {
    name: 'requires a permission and names it in the challenge and in the body',
    app: 'standard',
    async check(context) {
      await expectStatuses(context, { 'reader-1': ['/things', 200], 'guest-1': ['/things', 403] })
      await expectStatuses(context, { 'reader-1': ['/things', 403, 'POST'], 'editor-1': ['/things', 200, 'POST'] })
      const { call, subject } = context
      const denied = await call({
        method: 'POST',
        path: '/things',
        headers: { authorization: `Bearer ${subject.token('reader-1')}` },
      })
      equal(denied.json()['code'], 'permission_denied')
      equal(denied.json()['required'], 'things:write')
      ok(header(denied, 'www-authenticate').includes('error="insufficient_scope", scope="things:write"'))
    },
  },
  {
    name: 'says 401 before 403',
    app: 'standard',
    async check({ call }) {
      for (const path of ['/things', '/any', '/callback', '/admin', '/organization', '/organizations/1']) {
        equal((await call({ path })).status, 401, path)
      }
    },
  },
  {
    name: 'acts for the organization that the route names, or for none',
    app: 'standard',
    async check({ call, subject, differences }) {
      const headers = { authorization: `Bearer ${subject.token('member-1')}` }
      const expectRoute = async (path: string, organization: string | null): Promise<void> => {
        const reply = await call({ path, headers })
        if (organization === null) return equal(reply.json()['code'], 'organization_mismatch', path)
        deepEqual(reply.json(), { route: organization, organization }, path)
      }
      await expectRoute('/orgs/acme', 'acme')
      await expectRoute('/orgs/globex/things', 'globex')
      await expectRoute('/orgs/other', null)
      const resolved = differences.resolvedPaths === true ? 'acme' : null
      for (const path of ['/orgs/other/../acme', '/orgs/other/%2e%2e/acme']) await expectRoute(path, resolved)
      const { status } = await call({ path: BACKSLASHES, headers })
      // Some servers refuse those before an application sees them.
      if (status !== 400) await expectRoute(BACKSLASHES, resolved)
    },
  },
  {
    name: 'acts for the organization of the route however its path is spelled, or does not act',
    app: 'standard',
    async check({ call, subject }) {
      for (const tenant of ['globex', undefined]) {
        const headers = { authorization: `Bearer ${subject.token('member-1', { tenant })}` }
        deepEqual((await call({ path: '/orgs/acme', headers })).json(), { route: 'acme', organization: 'acme' })
        for (const path of SPELLINGS) {
          const reply = await call({ path, headers })
          if (reply.status !== 200) ok(CLOSED.includes(reply.status), `${path}: ${reply.status}`)
          else equal(reply.json()['organization'], reply.json()['route'], path)
        }
      }
    },
  },
  {
    name: 'lets no member of another organization through a guard by the spelling of its path',
    app: 'standard',
    async check({ call, subject }) {
      const headers = { authorization: `Bearer ${subject.token('member-1', { tenant: 'acme' })}` }
      equal((await call({ path: '/organizations/acme', headers })).status, 200)
      for (const path of OTHERS) {
        const { status } = await call({ path, headers })
        ok(CLOSED.includes(status), `${path}: ${status}`)
      }
    },
  },
  {
    name: 'reads any, all and callbacks',
    app: 'standard',
    async check(context) {
      await expectStatuses(context, { 'reader-1': ['/any', 200], 'guest-1': ['/any', 403] })
      await expectStatuses(context, {
        'reader-1': ['/both', 403],
        'editor-1': ['/both', 200],
        'admin-1': ['/both', 200],
      })
      await expectStatuses(context, { 'reader-1': ['/callback', 403], 'editor-1': ['/callback', 200] })
    },
  },
  {
    name: 'never lets an API key exceed its scopes',
    app: 'standard',
    async check({ call, subject }) {
      const headers = { 'x-api-key': subject.apiKey }
      equal((await call({ path: '/things', headers })).status, 200)
      equal((await call({ method: 'POST', path: '/things', headers })).status, 403)
      equal((await call({ path: '/editors', headers })).json()['code'], 'role_required')
      equal(
        (await call({ path: '/editors', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })).status,
        200,
      )
    },
  },
  {
    name: 'acts for the organization that the request names, and refuses one that the caller is no member of',
    app: 'standard',
    async check({ call, subject }) {
      const ask = async (organization: string | null, method: string, path: string) => {
        const named = organization === null ? {} : { 'x-organization': organization }
        const reply = await call({
          method,
          path,
          headers: { authorization: `Bearer ${subject.token('member-1')}`, ...named },
        })
        return reply.status === 200 ? reply.json()['organization'] : reply.json()['code']
      }
      const both = await Promise.all([ask('acme', 'GET', '/me'), ask('globex', 'GET', '/me'), ask(null, 'GET', '/me')])
      deepEqual(both, ['acme', 'globex', null])
      equal(await ask('initech', 'GET', '/me'), 'organization_mismatch')
      equal(await ask('acme, globex', 'GET', '/me'), 'organization_mismatch')
      deepEqual(
        [await ask('globex', 'POST', '/things'), await ask(null, 'POST', '/things')],
        ['permission_denied', 'permission_denied'],
      )
      notEqual(await ask('acme', 'POST', '/things'), 'permission_denied')
    },
  },
  {
    name: 'does not let a named organization choose between the cookies of two people',
    app: 'standard',
    async check({ call, subject }) {
      const [member, editor] = [`legacy=${subject.token('member-1')}`, `legacy=${subject.token('editor-2')}`]
      const ask = async (...cookies: string[]) => {
        const reply = await call({ path: '/me', headers: { cookie: cookies.join('; '), 'x-organization': 'acme' } })
        return reply.status === 200 ? reply.json()['id'] : reply.json()['code']
      }
      equal(await ask(member), 'app-member-1')
      equal(await ask(editor), 'organization_mismatch')
      equal(await ask(member, editor), 'identity_conflict')
      equal(await ask(editor, member), 'identity_conflict')
    },
  },
  {
    name: 'requires a role',
    app: 'standard',
    check: (context) => expectStatuses(context, { 'admin-1': ['/admin', 200], 'editor-1': ['/admin', 403] }),
  },
  {
    name: 'requires an organization, and the one that the route names',
    app: 'standard',
    async check({ call, subject }) {
      const member = { authorization: `Bearer ${subject.token('reader-1', { tenant: 'acme' })}` }
      const loner = { authorization: `Bearer ${subject.token('reader-1')}` }
      equal((await call({ path: '/organization', headers: member })).status, 200)
      equal((await call({ path: '/organizations/acme', headers: member })).status, 200)
      const stranger = await call({ path: '/organizations/other', headers: member })
      equal(stranger.json()['code'], 'organization_mismatch')
      equal((await call({ path: '/organization', headers: loner })).json()['code'], 'organization_required')
    },
  },
  {
    name: 'optionalAuth: anonymous without a credential or with a bad cookie, refused with a bad header, 503 in an outage',
    app: 'standard',
    async check({ call, subject }) {
      const at = async (headers: Record<string, string>, path = '/optional') => call({ path, headers })
      equal((await at({})).json()['anonymous'], true)
      equal((await at({ cookie: `legacy=${subject.token('editor-1', { exp: 1 })}` })).json()['anonymous'], true)
      equal((await at({ authorization: `Bearer ${subject.token('editor-1')}` })).json()['id'], 'app-editor-1')
      equal((await at({ authorization: 'Bearer junk' })).status, 401)
      equal((await at({ authorization: 'Bearer down_1' })).status, 503)
      equal((await at({ authorization: 'Bearer junk' }, '/lenient')).json()['anonymous'], true)
      equal((await at({ authorization: 'Bearer down_1' }, '/lenient')).status, 503)
      equal((await at({ cookie: `legacy=${subject.token('editor-1', { exp: 1 })}` }, '/strict')).status, 401)
    },
  },
  {
    name: 'authenticates once for two guards and evaluates both',
    app: 'standard',
    async check({ call, subject }) {
      const before = subject.events.filter(({ type }) => type === 'authenticated').length
      equal(
        (await call({ path: '/twice', headers: { authorization: `Bearer ${subject.token('guest-1')}` } })).status,
        403,
      )
      equal(
        (await call({ path: '/twice', headers: { authorization: `Bearer ${subject.token('reader-1')}` } })).status,
        200,
      )
      equal(subject.events.filter(({ type }) => type === 'authenticated').length - before, 2)
    },
  },
  {
    name: 'gives no principal where no guard ran',
    app: 'standard',
    async check({ call, subject }) {
      const logged = await call({ path: '/logged', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })
      equal(logged.json()['anonymous'], true)
      equal(
        (await call({ path: '/unguarded', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })).status,
        500,
      )
    },
  },
]
