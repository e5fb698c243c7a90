import { equal, ok } from 'node:assert/strict'
import type { Case, CaseContext } from '../cases.js'
import type { Reply } from '../http-client.js'

type Fields = Readonly<Record<string, string | readonly string[]>>

const me = ({ call }: CaseContext, headers: Fields, path = '/me'): Promise<Reply> => call({ path, headers })

/** Nothing of this may authenticate: not by another credential of the request either. */
async function expectRefused(
  context: CaseContext,
  sent: readonly Fields[],
  statuses: readonly number[],
): Promise<void> {
  for (const headers of sent) {
    const reply = await me(context, headers)
    ok(statuses.includes(reply.status), `${JSON.stringify(Object.keys(headers))} answered ${reply.status}`)
  }
}

/** How a credential travels, and how it must not. */
export const transportCases: readonly Case[] = [
  {
    name: 'reads a header that an earlier middleware has set, replaced or removed',
    app: 'rewritten',
    async check(context) {
      const good = context.subject.token('editor-1')
      const other = `Bearer ${context.subject.token('editor-2')}`
      for (const headers of [{ 'x-token': good }, { 'x-token': good, 'x-whole': '1' }] as readonly Fields[]) {
        equal((await me(context, headers)).json()['id'], 'app-editor-1')
        equal((await me(context, { ...headers, authorization: other })).json()['id'], 'app-editor-1')
        equal((await me(context, { ...headers, authorization: 'Bearer junk' })).json()['id'], 'app-editor-1')
      }
      equal((await me(context, { 'x-token': 'junk', authorization: other })).status, 401)
      equal((await me(context, { 'x-removed': '1', authorization: other })).json()['code'], 'credential_missing')
      equal((await me(context, { authorization: other })).json()['id'], 'app-editor-2')
    },
  },
  {
    name: 'authenticates where a wrapper of a serverless platform leaves no raw header pairs',
    app: 'rewritten',
    async check(context) {
      const good = `Bearer ${context.subject.token('editor-1')}`
      equal((await me(context, { 'x-unpaired': '1', authorization: good })).json()['id'], 'app-editor-1')
      equal((await me(context, { 'x-unpaired': '1', authorization: 'Bearer junk' })).status, 401)
      equal((await me(context, { 'x-unpaired': '1' })).json()['code'], 'credential_missing')
    },
  },
  {
    name: 'refuses a header that was sent twice or joined, whichever value is good',
    app: 'standard',
    async check(context) {
      const { subject } = context
      const good = `Bearer ${subject.token('editor-1')}`
      const twice: Fields[] = [
        { authorization: [good, 'Basic dTpw'] },
        { authorization: ['Basic dTpw', good] },
        { authorization: [good, ''] },
        { authorization: `${good}, Bearer junk` },
        { authorization: `Bearer junk, ${good}` },
        { authorization: `${good},${good}` },
        { authorization: `Basic dTpw, ${good}` },
        { 'x-api-key': [subject.apiKey, subject.apiKey] },
        { 'x-api-key': [subject.apiKey, 'junk'] },
        { 'x-api-key': `${subject.apiKey}, ${subject.apiKey}` },
        { 'x-api-key': `${subject.apiKey},junk` },
        { authorization: [`Token ${subject.token('editor-1')}`, 'Token junk'] },
        { authorization: `Token ${subject.token('editor-1')}, Token junk` },
        { authorization: good, 'x-access-token': subject.token('editor-1') },
        { 'x-access-token': [subject.token('editor-1'), subject.token('editor-1')] },
      ]
      await expectRefused(context, twice, [400])
    },
  },
  {
    name: 'joins several Cookie fields into one list',
    app: 'standard',
    async check(context) {
      const cookie = ['theme=dark', `legacy=${context.subject.token('editor-1')}`]
      equal((await me(context, { cookie })).json()['id'], 'app-editor-1')
      const two = [`legacy=${context.subject.token('editor-1')}`, `legacy=${context.subject.token('editor-2')}`]
      equal((await me(context, { cookie: two })).json()['code'], 'identity_conflict')
    },
  },
  {
    name: 'takes no credential from another scheme, another header, a cookie of another name or the query',
    app: 'standard',
    async check(context) {
      const token = context.subject.token('editor-1')
      const elsewhere: Fields[] = [
        ...['Basic', 'JWT', 'Bearer:', 'Bearer=', 'BearerX', 'DPoP', ''].map((scheme) => ({
          authorization: `${scheme} ${token}`,
        })),
        { authorization: `Bearer\u00a0${token}` },
        { 'proxy-authorization': `Bearer ${token}` },
        { 'x-authorization': `Bearer ${token}` },
        { 'x-forwarded-authorization': `Bearer ${token}` },
        { 'x-auth-token': token },
        { 'x-access-token': `Bearer ${token}` },
        { 'x-forwarded-user': 'editor-1', 'x-user-id': 'app-editor-1', 'x-forwarded-email': 'a@example.com' },
        { 'x-original-url': '/public', 'x-rewrite-url': '/public', 'x-http-method-override': 'OPTIONS' },
        ...['Legacy', '\u00a0legacy', '__Host-legacy', 'legacy[]', 'legacy.0'].map((name) => ({
          cookie: `${name}=${token}`,
        })),
      ]
      await expectRefused(context, elsewhere, [400, 401])
      for (const query of [`access_token=${token}`, `token=${token}`, `authorization=Bearer%20${token}`])
        equal((await me(context, {}, `/me?${query}`)).status, 401)
    },
  },
  {
    name: 'lets nobody past a guard by another spelling of the path or the method',
    app: 'standard',
    async check({ call }) {
      for (const path of [
        '/%6de',
        '//me',
        '/me/',
        '/x/../me',
        '/./me',
        '/me;a=b',
        '/ME',
        '/me%00',
        '/me%2f',
        '/me?x',
        '/me#x',
      ]) {
        const { status } = await call({ path })
        ok([400, 401, 404].includes(status), `${path} answered ${status}`)
      }
      for (const method of ['HEAD', 'POST', 'PUT', 'PROPFIND', 'TRACE', 'QUERY']) {
        const { status } = await call({ method, path: '/me' })
        ok([400, 401, 404, 405, 501].includes(status), `${method} answered ${status}`)
      }
    },
  },
]
