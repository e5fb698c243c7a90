import { deepEqual, equal, match, ok } from 'node:assert/strict'
import type { PolicyDocument } from '@dualauth/core'
import type { Case } from '../cases.js'
import { header, type Reply } from '../http-client.js'

const MOVE = 'https://example.com/move'
const LOGIN = 'https://app.example.com/login'
const announcement: PolicyDocument['announcement'] = {
  deprecation: '2026-01-01T00:00:00Z',
  sunset: '2030-12-31T00:00:00Z',
  documentation: MOVE,
  login: LOGIN,
}

/** How an answer ends, in one line. */
function brief(reply: Reply): string {
  const { id, code } = reply.json() as { id?: string; code?: string }
  return `${reply.status} ${id ?? code}`
}

/** What an answer announces. */
function signals(reply: Reply): readonly string[] {
  return ['deprecation', 'sunset', 'link'].map((name) => header(reply, name))
}

const NOTHING = ['', '', '']

/** A move from one side to the other, as callers see it. */
export const steeringCases: readonly Case[] = [
  {
    name: 'follows the stage while it runs, forward and back, also for what is remembered',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      const old = { authorization: `Bearer ${subject.token('editor-1')}` }
      const fresh = { cookie: subject.session.cookie('editor-1') }
      const [accepted, retired, early] = ['200 app-editor-1', '401 legacy_retired', '401 credential_not_accepted']
      const stages = [
        ['off', accepted, early],
        ['shadow', accepted, early],
        ['dual', accepted, accepted],
        ['prefer-new', accepted, accepted],
        ['new-only', retired, accepted],
        ['retired', retired, accepted],
        ['new-only', retired, accepted],
        ['prefer-new', accepted, accepted],
        ['off', accepted, early],
      ] as const
      for (const [stage, ofOld, ofNew] of stages) {
        subject.publish({ stage })
        const seen = [
          brief(await call({ path: '/me', headers: old })),
          brief(await call({ path: '/me', headers: fresh })),
        ]
        deepEqual([stage, ...seen], [stage, ofOld, ofNew])
      }
    },
  },
  {
    name: 'says at the end of the old side what ended, and where to go',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      const headers = { authorization: `Bearer ${subject.token('editor-1')}` }
      for (const stage of ['new-only', 'retired'] as const) {
        subject.publish({ stage, announcement })
        const reply = await call({ path: '/me', headers })
        equal(reply.status, 401)
        match(header(reply, 'content-type'), /^application\/problem\+json/)
        const { code, migration, login, documentation } = reply.json()
        deepEqual(
          { code, migration, login, documentation },
          { code: 'legacy_retired', migration: 'default', login: LOGIN, documentation: MOVE },
        )
        match(header(reply, 'link'), /<https:\/\/example\.com\/move>; rel="deprecation"/)
        match(header(reply, 'www-authenticate'), /error="invalid_token"/)
        equal(header(reply, 'cache-control'), 'private, no-store')
      }
    },
  },
  {
    name: 'announces the end of the old side to whom it let in, once, and to nobody else',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      const headers = { authorization: `Bearer ${subject.token('editor-1')}` }
      const announced = [
        '@1767225600',
        'Tue, 31 Dec 2030 00:00:00 GMT',
        `<${MOVE}>; rel="deprecation"; type="text/html", <${MOVE}>; rel="sunset"; type="text/html"`,
      ]
      subject.publish({ stage: 'dual', announcement })
      deepEqual(signals(await call({ path: '/me', headers })), NOTHING)
      subject.publish({ stage: 'dual', announcement: { ...announcement, inDual: true } })
      deepEqual(signals(await call({ path: '/me', headers })), announced)
      subject.publish({ stage: 'prefer-new', announcement })
      for (const path of ['/me', '/twice', '/cached'])
        deepEqual(signals(await call({ path, headers })), announced, path)
      match(header(await call({ path: '/me', headers }), 'vary').toLowerCase(), /authorization/)
      // By the new side, to nobody, and on a route that opted out.
      deepEqual(signals(await call({ path: '/me', headers: { cookie: subject.session.cookie('editor-1') } })), NOTHING)
      for (const path of ['/public', '/optional']) deepEqual(signals(await call({ path })), NOTHING)
      deepEqual(signals(await call({ path: '/optional', headers })), NOTHING)
      deepEqual(signals(await call({ path: '/me' })), NOTHING)
    },
  },
  {
    name: 'adds its links to those of the handler, whose own dates stay',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      subject.publish({ stage: 'prefer-new', announcement })
      const reply = await call({ path: '/linked', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })
      equal(header(reply, 'sunset'), 'Wed, 01 Jan 2031 00:00:00 GMT')
      equal(header(reply, 'deprecation'), '@1767225600')
      for (const link of ['</next>; rel="next"', `<${MOVE}>; rel="deprecation"`, `<${MOVE}>; rel="sunset"`])
        ok(header(reply, 'link').includes(link), header(reply, 'link'))
    },
  },
  {
    name: 'judges the cookies of both sides by the stage, whoever they are of',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      const both = (old: string, fresh: string) => ({
        cookie: `legacy=${subject.token(old)}; ${subject.session.cookie(fresh)}`,
      })
      const stages = [
        ['off', '200 app-editor-1', '200 app-editor-1'],
        ['dual', '200 app-editor-1', '401 identity_conflict'],
        ['prefer-new', '200 app-editor-1', '401 identity_conflict'],
        ['new-only', '200 app-editor-1', '200 app-editor-2'],
        ['retired', '200 app-editor-1', '200 app-editor-2'],
      ] as const
      for (const [stage, same, another] of stages) {
        subject.publish({ stage })
        const seen = [
          brief(await call({ path: '/me', headers: both('editor-1', 'editor-1') })),
          brief(await call({ path: '/me', headers: both('editor-1', 'editor-2') })),
        ]
        deepEqual([stage, ...seen], [stage, same, another])
      }
    },
  },
  {
    name: 'a bad cookie of the new side decides only where that side counts for the organization of the caller',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      const beside = async (state: string, organization: string) => {
        const cookie = `legacy=${subject.token('member-1')}; ${subject.session.cookie(`${state}-1`)}`
        return brief(await call({ path: '/me', headers: { cookie, 'x-organization': organization } }))
      }
      subject.publish({ stage: 'off', organizations: { acme: { stage: 'dual' } } })
      const refusals = {
        down: '503 verifier_unavailable',
        revoked: '401 credential_revoked',
        forged: '401 credential_invalid',
      }
      for (const [state, refusal] of Object.entries(refusals)) {
        deepEqual([state, await beside(state, 'globex')], [state, '200 app-member-1'])
        deepEqual([state, await beside(state, 'acme')], [state, refusal])
      }
      subject.publish({ stage: 'dual', organizations: { globex: { stage: 'shadow' } } })
      for (const [state, refusal] of Object.entries(refusals)) {
        deepEqual([state, await beside(state, 'globex')], [state, '200 app-member-1'])
        deepEqual([state, await beside(state, 'acme')], [state, refusal])
      }
    },
  },
  {
    name: 'optionalAuth: a cookie of the old side that ended is anonymous, a header is refused',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      subject.publish({ stage: 'retired' })
      const token = subject.token('editor-1')
      const anonymous = await call({ path: '/optional', headers: { cookie: `legacy=${token}` } })
      equal(anonymous.status, 200)
      equal(anonymous.json()['anonymous'], true)
      equal(
        brief(await call({ path: '/optional', headers: { authorization: `Bearer ${token}` } })),
        '401 legacy_retired',
      )
    },
  },
  {
    name: 'an outage of the side that does not count refuses nobody of the other, where keys of both look alike',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      const { old, fresh, down, asked } = subject.chain
      const seen = async (key: string) => [
        brief(await call({ path: '/me', headers: { 'x-api-key': key } })),
        brief(await call({ path: '/me', headers: { authorization: `Bearer ${key}` } })),
      ]
      const twice = (one: string) => [one, one]
      const [ofOld, ofNew] = [twice('200 app-reader-old-keys'), twice('200 app-reader-new-keys')]
      const [retired, early, unknown] = [
        twice('401 legacy_retired'),
        twice('401 credential_not_accepted'),
        twice('503 verifier_unavailable'),
      ]
      const stages = [
        ['off', 'new-keys', ofOld, early],
        ['dual', 'old-keys', unknown, unknown],
        ['new-only', 'old-keys', unknown, ofNew],
        ['retired', 'old-keys', retired, ofNew],
      ] as const
      for (const [stage, outage, oldKey, newKey] of stages) {
        subject.publish({ stage })
        down.clear()
        down.add(outage)
        deepEqual([stage, await seen(old), await seen(fresh)], [stage, oldKey, newKey])
      }
      asked.length = 0
      down.clear()
      deepEqual([await seen(old), await seen(fresh)], [retired, ofNew])
      ok(!asked.includes('old-keys'))
      subject.publish({ stage: 'dual' })
      deepEqual([await seen(old), await seen(fresh)], [ofOld, ofNew])
    },
  },
  {
    name: 'answers 503 with Retry-After while nobody can tell what is accepted, and recovers',
    app: 'standard',
    withMigration: true,
    async check({ call, subject }) {
      subject.publish(null)
      for (const path of ['/me', '/optional']) {
        const reply = await call({ path, headers: { authorization: `Bearer ${subject.token('editor-1')}` } })
        equal(brief(reply), '503 policy_unavailable')
        ok(Number(header(reply, 'retry-after')) > 0)
      }
      equal((await call({ path: '/public' })).status, 200)
      equal((await call({ path: '/me', headers: { 'x-api-key': subject.apiKey } })).status, 200)
      subject.publish({ stage: 'dual' })
      equal(
        brief(await call({ path: '/me', headers: { authorization: `Bearer ${subject.token('editor-1')}` } })),
        '200 app-editor-1',
      )
    },
  },
]
