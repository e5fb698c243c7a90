import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  betterAuth,
  createDualAuth,
  httpSessions,
  instanceSessions,
  redisSessions,
  type FindMember,
  type FindSession,
} from '../../../src/index.js'
import { outcome } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { UNREADABLE_IDS } from '../../support/unreadable.js'

const SECRET = randomBytes(32).toString('hex')
const TOKEN = 'A'.repeat(32)
const members: FindMember = (userId, organizationId) =>
  userId === 'u' && organizationId === 'acme' ? { roles: ['owner'] } : null

const storedWith = (fields: object) => ({
  session: { id: 's', userId: 'u', token: TOKEN, expiresAt: '2999-01-01T00:00:00.000Z', ...fields },
  user: { id: 'u', role: 'admin' },
})

type Source = (answer: object, members?: FindMember) => FindSession

/** Every source that reads a session as Better Auth writes it in JSON. */
const SOURCES: readonly (readonly [string, Source])[] = [
  [
    'redisSessions',
    (answer, find) =>
      redisSessions((key) => (key === TOKEN ? JSON.stringify(answer) : null), {
        prefix: '',
        ...(find !== undefined && { members: find }),
      }),
  ],
  [
    'httpSessions',
    (answer, find) =>
      httpSessions({
        url: 'http://localhost:3000/api/auth/get-session',
        fetch: async () => Response.json(answer),
        ...(find !== undefined && { members: find }),
      }),
  ],
  [
    'instanceSessions',
    (answer, find) => {
      const $context = Promise.resolve({ secret: SECRET, authCookies: { sessionToken: { name: 'session' } } })
      const instance = { api: { getSession: async () => structuredClone(answer) }, $context }
      return instanceSessions(instance, find === undefined ? {} : { members: find })
    },
  ],
]

const authWith = (sessions: FindSession) =>
  createDualAuth({ verifiers: [betterAuth({ name: 'ba', secrets: [SECRET], sessions })] })

async function principalOf(sessions: FindSession) {
  const result = await authWith(sessions).authenticate(bearer(TOKEN))
  if (!result.ok) throw result.error
  return { organization: result.principal.organization, roles: result.principal.roles }
}

describe.each(SOURCES)('the active organization of a session from %s', (_name, source) => {
  it('counts with the roles of its member', async () => {
    const acme = source(storedWith({ activeOrganizationId: 'acme' }), members)
    expect(await principalOf(acme)).toEqual({ organization: 'acme', roles: ['admin', 'organization:owner'] })
  })

  it('is none where the session names none', async () => {
    for (const fields of [{}, { activeOrganizationId: null }])
      expect(await principalOf(source(storedWith(fields), members))).toEqual({ organization: null, roles: ['admin'] })
  })

  it.each(UNREADABLE_IDS)('named as %j is "cannot tell", and none only where nobody asks', async (value) => {
    const session = storedWith({ activeOrganizationId: value })
    expect(await outcome(authWith(source(session, members)), bearer(TOKEN))).toBe('503 verifier_unavailable')
    expect(await principalOf(source(session))).toEqual({ organization: null, roles: ['admin'] })
  })
})

describe('an organization that a source of the application found', () => {
  const foundWith = (organization: unknown): FindSession => {
    const { session, user } = storedWith({})
    return async () => ({ session, user, organization: organization as { id: string } })
  }

  it.each([[undefined], [null], ...UNREADABLE_IDS])('is "cannot tell" where its id is %j', async (id) => {
    const auth = authWith(foundWith({ id, roles: ['owner'] }))
    expect(await outcome(auth, bearer(TOKEN))).toBe('503 verifier_unavailable')
  })

  it('is none where it found none', async () => {
    for (const organization of [undefined, null])
      expect(await principalOf(foundWith(organization))).toEqual({ organization: null, roles: ['admin'] })
  })
})
