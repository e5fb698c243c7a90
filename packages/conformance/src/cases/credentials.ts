import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Case } from '../cases.js'
import { header } from '../http-client.js'
import { TRUSTED_ORIGIN } from '../subject.js'

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

export const credentialCases: readonly Case[] = [
  {
    name: 'answers the principal of a legacy bearer',
    app: 'standard',
    async check({ call, subject }) {
      const reply = await call({ path: '/me', headers: bearer(subject.token('editor-1')) })
      equal(reply.status, 200)
      deepEqual(reply.json(), { id: 'app-editor-1', verifier: 'legacy', organization: null, roles: ['editor'] })
    },
  },
  {
    name: 'answers the principal of an API key in its header and as bearer',
    app: 'standard',
    async check({ call, subject }) {
      for (const headers of [{ 'x-api-key': subject.apiKey }, bearer(subject.apiKey)]) {
        const reply = await call({ path: '/me', headers })
        equal(reply.status, 200)
        equal(reply.json()['verifier'], 'api-key')
      }
    },
  },
  {
    name: 'answers the principal of a token under another scheme and in a header of its own, and of none besides',
    app: 'standard',
    async check({ call, subject }) {
      const token = subject.token('editor-1')
      for (const headers of [
        { authorization: `Token ${token}` },
        { authorization: `TOKEN  ${token}` },
        { 'x-access-token': token },
      ]) {
        const reply = await call({ path: '/me', headers })
        equal(reply.status, 200)
        equal(reply.json()['id'], 'app-editor-1')
      }
      for (const authorization of [`JWT ${token}`, token]) {
        const reply = await call({ path: '/me', headers: { authorization } })
        equal(reply.json()['code'], 'credential_missing')
      }
    },
  },
  {
    name: 'answers 401 with a bare challenge when nothing was presented',
    app: 'standard',
    async check({ call }) {
      const reply = await call({ path: '/me' })
      equal(reply.status, 401)
      equal(reply.json()['code'], 'credential_missing')
      const challenge = header(reply, 'www-authenticate')
      for (const door of [
        'Bearer realm="api"',
        'Token realm="api"',
        'Token realm="api", header="x-access-token"',
        'ApiKey realm="api", header="x-api-key"',
      ])
        ok(`${challenge}, `.includes(`${door}, `))
      ok(!challenge.includes('error='))
    },
  },
  {
    name: 'answers 401 invalid_token to a tampered bearer',
    app: 'standard',
    async check({ call, subject }) {
      const token = subject.token('editor-1')
      const reply = await call({
        path: '/me',
        headers: bearer(token.slice(0, -3) + (token.endsWith('AAA') ? 'BBA' : 'AAA')),
      })
      equal(reply.status, 401)
      equal(reply.json()['code'], 'credential_invalid')
      ok(header(reply, 'www-authenticate').includes('error="invalid_token"'))
    },
  },
  {
    name: 'says on the challenge of the carrier that was presented what was wrong, and on no other',
    app: 'standard',
    async check({ call, subject }) {
      const reader = subject.token('reader-1')
      const doors = [
        [{ authorization: 'Bearer eyJ' }, { authorization: `Bearer ${reader}` }, 'Bearer realm="api"'],
        [{ authorization: 'Token eyJ' }, { authorization: `Token ${reader}` }, 'Token realm="api"'],
        [{ 'x-access-token': 'eyJ' }, { 'x-access-token': reader }, 'Token realm="api", header="x-access-token"'],
        [{ 'x-api-key': 'junk' }, { 'x-api-key': subject.apiKey }, 'ApiKey realm="api", header="x-api-key"'],
      ] as const
      for (const [bad, good, door] of doors) {
        const refused = header(await call({ path: '/me', headers: bad }), 'www-authenticate')
        ok(`${refused}, `.includes(`${door}, error="invalid_token", `), refused)
        equal(refused.split('error=').length, 2)
        const denied = await call({ method: 'POST', path: '/things', headers: good })
        equal(header(denied, 'www-authenticate'), `${door}, error="insufficient_scope", scope="things:write"`)
      }
    },
  },
  {
    name: 'says that a genuine bearer has expired',
    app: 'standard',
    async check({ call, subject }) {
      const reply = await call({ path: '/me', headers: bearer(subject.token('editor-1', { exp: 1_000 })) })
      equal(reply.status, 401)
      equal(reply.json()['code'], 'credential_expired')
    },
  },
  {
    name: 'refuses a repeated Authorization header, whichever is good',
    app: 'standard',
    async check({ call, subject }) {
      const good = `Bearer ${subject.token('editor-1')}`
      for (const authorization of [
        [good, 'Bearer junk'],
        ['Bearer junk', good],
        [good, good],
      ]) {
        const reply = await call({ path: '/me', headers: { authorization } })
        equal(reply.status, 400)
        equal(reply.json()['code'], 'credential_malformed')
      }
    },
  },
  {
    name: 'refuses two explicit credentials',
    app: 'standard',
    async check({ call, subject }) {
      const headers = { ...bearer(subject.token('editor-1')), 'x-api-key': subject.apiKey }
      equal((await call({ path: '/me', headers })).status, 400)
    },
  },
  {
    name: 'refuses an oversized credential with 431',
    app: 'standard',
    async check({ call }) {
      const reply = await call({ path: '/me', headers: bearer('a'.repeat(8_193)) })
      equal(reply.status, 431)
      equal(reply.json()['code'], 'credential_too_large')
    },
  },
  {
    name: 'never falls back to a cookie behind a bad bearer',
    app: 'standard',
    async check({ call, subject }) {
      const reply = await call({
        path: '/me',
        headers: { ...bearer('junk'), cookie: `legacy=${subject.token('editor-1')}` },
      })
      equal(reply.status, 401)
    },
  },
  {
    name: 'leaves Basic of a staging site alone and reads the cookie',
    app: 'standard',
    async check({ call, subject }) {
      const headers = { authorization: 'Basic dTpw', cookie: `theme=dark; legacy=${subject.token('editor-1')}` }
      equal((await call({ path: '/me', headers })).status, 200)
    },
  },
  {
    name: 'asks a cookie on an unsafe method for the proof of its origin',
    app: 'standard',
    async check({ call, subject }) {
      const cookie = `legacy=${subject.token('editor-1')}`
      const status = async (headers: Record<string, string>): Promise<number> =>
        (await call({ method: 'POST', path: '/things', headers: { cookie, ...headers } })).status
      equal(await status({}), 403)
      equal(await status({ origin: 'https://evil.example' }), 403)
      equal(await status({ 'sec-fetch-site': 'same-site' }), 403)
      equal(await status({ origin: TRUSTED_ORIGIN }), 200)
      equal(await status({ origin: 'https://pr-12.preview.example.com' }), 200)
      equal(await status({ origin: 'https://a.b.preview.example.com' }), 403)
      equal(await status({ origin: 'tauri://localhost' }), 200)
      equal(await status({ origin: 'null' }), 403)
      equal(await status({ 'sec-fetch-site': 'same-origin' }), 200)
      const withBearer = await call({ method: 'POST', path: '/things', headers: bearer(subject.token('editor-1')) })
      equal(withBearer.status, 200)
    },
  },
  {
    name: 'answers 503 with Retry-After, not 401, when a verifier cannot tell or crashes',
    app: 'standard',
    async check({ call, subject }) {
      for (const token of ['down_1', 'crash_1']) {
        const reply = await call({ path: '/me', headers: bearer(token) })
        equal(reply.status, 503)
        equal(reply.json()['code'], 'verifier_unavailable')
        equal(header(reply, 'retry-after'), '5')
        equal(header(reply, 'www-authenticate'), '')
        ok(!/provider is down|has a bug/.test(reply.text))
      }
      equal((await call({ path: '/me', headers: bearer(subject.token('editor-1')) })).status, 200)
    },
  },
  {
    name: 'refuses an identity without an account, and a deactivated account',
    app: 'standard',
    async check({ call, subject }) {
      const unlinked = await call({ path: '/me', headers: bearer(subject.token('unlinked-1')) })
      equal(unlinked.status, 403)
      equal(unlinked.json()['code'], 'identity_unlinked')
      const gone = await call({ path: '/me', headers: bearer(subject.token('gone-1')) })
      equal(gone.status, 403)
      equal(gone.json()['code'], 'account_deactivated')
    },
  },
  {
    name: 'refuses with the code and the reason of the application, by header, cookie and API',
    app: 'standard',
    async check({ call, subject }) {
      const refusals = { 'taken-1': ['account_conflict', 'email_taken'], 'young-1': ['account_refused', 'under-age'] }
      for (const [id, [code, reason]] of Object.entries(refusals)) {
        const token = subject.token(id)
        for (const headers of [bearer(token), { cookie: `legacy=${token}` }, { 'x-access-token': token }]) {
          const refused = await call({ path: '/me', headers })
          equal(refused.status, 403)
          equal(header(refused, 'content-type'), 'application/problem+json; charset=utf-8')
          equal(header(refused, 'www-authenticate'), '')
          const { title, ...body } = refused.json()
          equal(typeof title, 'string')
          deepEqual(body, { type: `urn:dualauth:error:${code}`, status: 403, code, reason })
        }
        const event = subject.events.findLast(({ type }) => type === 'refused')
        equal(event?.type === 'refused' && event.linkReason, reason)
        equal((await call({ path: '/optional', headers: bearer(token) })).status, 403)
        equal((await call({ path: '/optional', headers: { cookie: `legacy=${token}` } })).status, 200)
      }
    },
  },
  {
    name: 'keeps 40 concurrent callers apart',
    app: 'standard',
    async check({ call, subject }) {
      const ids = Array.from({ length: 40 }, (_, i) => `reader-${i}`)
      const replies = await Promise.all(ids.map((id) => call({ path: '/twice', headers: bearer(subject.token(id)) })))
      deepEqual(
        replies.map((reply) => reply.json()['id']),
        ids.map((id) => `app-${id}`),
      )
    },
  },
]
