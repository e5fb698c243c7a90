import { describe, expect, it, vi } from 'vitest'
import { createLegacyIssuer } from '@dualauth/testing'
import {
  createDualAuth,
  legacyJwt,
  type AuthEvent,
  type DualAuthOptions,
  type PolicySource,
  type RevocationFeed,
} from '../../src/index.js'
import { legacyOptions } from '../support/legacy.js'
import { createMove, oldToken } from '../support/migration.js'
import { bearer } from '../support/requests.js'

/** What nobody may read in a log, nor what somebody is called. */
const HIDDEN = 'hunter2'
const EMAIL = 'ada@example.com'

const issuer = createLegacyIssuer()
const token = (): string => issuer.sign({ userId: 'ada' })

/** What is said of an outage of something that the app brings for all its verifiers. */
async function saidOf(options: Partial<DualAuthOptions>, name: string) {
  const events: AuthEvent[] = []
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions({ secrets: [issuer.secret], purpose: 'only-access-tokens' }))],
    onEvent: (event) => void events.push(event),
    ...options,
  } as DualAuthOptions)
  const credential = token()
  const result = await auth.authenticate(bearer(credential))
  const { steps } = await auth.diagnose(credential)
  const { status, checks } = await auth.health()
  await auth.close()
  const logged = events.map((event) => ({ ...event, cause: undefined }))
  const written = JSON.stringify([logged, steps, checks])
  for (const secret of [HIDDEN, EMAIL, credential]) expect(written).not.toContain(secret)
  return {
    status: result.ok ? 200 : result.error.status,
    outage: events.find((event) => event.type === 'unavailable'),
    diagnosis: steps.at(-1),
    health: [status, checks.find((check) => check.name === name)?.problem ?? null],
  }
}

const lost = Object.assign(new Error(`connect ECONNREFUSED 10.0.0.7:5432 as ${EMAIL}`), { code: 'ECONNREFUSED' })
const twice = Object.assign(new Error(`duplicate key value: ${HIDDEN}`), {
  code: '23505',
  detail: `(email)=(${EMAIL})`,
})

describe('link', () => {
  it.each([
    ['loses its connection', lost, /^link failed: connect ECONNREFUSED 10\.0\.0\.7:5432 as …$/],
    ['meets a key that is there twice', twice, /^link failed: the database refused \(23505\)$/],
    ['throws without words', new TypeError(), /^link failed: TypeError$/],
  ])('that %s is named in the event, the diagnosis and in health', async (_name, thrown, words) => {
    const link = () => Promise.reject(thrown)
    const said = await saidOf({ link: Object.assign(link, { ready: link }) }, 'link')
    expect(said.status).toBe(503)
    expect(said.diagnosis).toMatchObject({ step: 'link', ok: false, findings: [expect.stringMatching(words)] })
    const message = (said.diagnosis?.findings[0] ?? '').replace(/^link failed: /, '')
    expect(said.outage).toMatchObject({ source: 'link', error: { name: thrown.name } })
    if (thrown.message !== '')
      expect([said.outage, said.health]).toMatchObject([{ error: { message } }, ['unavailable', message]])
  })

  it('that throws no error is named by the kind of what it throws', async () => {
    const { status, diagnosis } = await saidOf({ link: () => Promise.reject(5 as never) }, 'link')
    expect([status, diagnosis?.findings]).toEqual([503, ['link failed: threw a number']])
  })

  it.each([[5], ['ada'], [{ id: 7, email: EMAIL, name: HIDDEN }], [[]]])(
    'that answers with %j is named with what it must return',
    async (found) => {
      const said = await saidOf({ link: () => found as never }, 'link')
      expect(said.status).toBe(503)
      expect(said.outage).toMatchObject({ source: 'link', error: { name: 'TypeError' } })
      expect(said.diagnosis?.findings[0]).toMatch(
        /^link failed: link: must return null, an account whose `id` is a string/,
      )
    },
  )
})

it('account that fails is named in the event, and the question is answered 503', async () => {
  const events: AuthEvent[] = []
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions())],
    link: ({ subject }) => ({ id: subject }),
    account: () => Promise.reject(twice),
    onEvent: (event) => void events.push(event),
  })
  await expect(auth.can({ user: 'ada' }, 'things:read')).rejects.toMatchObject({
    code: 'account_unavailable',
    status: 503,
  })
  expect(events).toMatchObject([
    { type: 'unavailable', source: 'account', error: { code: '23505', message: 'the database refused (23505)' } },
  ])
})

it('a feed of revocations that fails is named in the event and in health, and requests are served', async () => {
  const revocations: RevocationFeed = { publish: () => {}, subscribe: () => Promise.reject(lost) }
  const { status, outage, diagnosis, health } = await saidOf({ revocations }, 'revocations')
  const message = 'connect ECONNREFUSED 10.0.0.7:5432 as …'
  expect([status, diagnosis?.ok]).toEqual([200, true])
  expect(outage).toMatchObject({ source: 'revocations', error: { code: 'ECONNREFUSED', message } })
  expect(health).toEqual(['degraded', message])
})

describe('a source of the policy that never had one', () => {
  const fail = (): never => {
    throw lost
  }
  it.each<[string, PolicySource['load'], string, RegExp]>([
    [
      'cannot be asked',
      fail,
      'policy_unavailable',
      /its source cannot be read; no policy is in force.*: connect ECONNREFUSED 10\.0\.0\.7:5432 as …$/,
    ],
    [
      'answers with a number',
      () => 5 as never,
      'policy_unavailable',
      /its source cannot be read; .*: load: answered with a number, and not with `\{ document \}` or null$/,
    ],
    [
      'answers with nothing',
      () => undefined as never,
      'policy_unavailable',
      /its source cannot be read; .*: load: answered with nothing, and not with `\{ document \}` or null$/,
    ],
    [
      'has one of another form',
      () => ({ document: { version: 1, stage: 'gone', note: HIDDEN } }),
      'policy_rejected',
      /the policy that its source has is invalid; .*stage/,
    ],
    ['has none', () => null, 'policy_missing', /its source has no policy yet; no policy is in force/],
  ])('and %s is named in the event, the diagnosis and in health', async (_name, load, type, words) => {
    const { auth, events } = createMove({ policy: { load } })
    const credential = oldToken('ada')
    const result = await auth.authenticate(bearer(credential))
    const { steps, code } = await auth.diagnose(credential)
    const { status, checks } = await auth.health()
    await auth.close()
    expect(result.ok ? 200 : [result.error.status, result.error.code]).toEqual([503, 'policy_unavailable'])
    expect(events.find((event) => event.type === type)).toMatchObject({ migration: 'default' })
    const problem = checks.find(({ name }) => name === 'migration(default).policy')?.problem
    expect(problem).toMatch(words)
    expect([code, status]).toEqual(['policy_unavailable', 'unavailable'])
    expect(steps.at(-1)?.findings).toEqual([
      `nobody can tell: migration "default" has never had a policy: ${String(problem)}`,
    ])
    const written = JSON.stringify([events.map((event) => ({ ...event, cause: undefined })), steps, checks])
    for (const secret of [HIDDEN, EMAIL, credential]) expect(written).not.toContain(secret)
  })

  it('and does not answer is named with how long it was waited for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { auth } = createMove({ policy: { load: () => new Promise(() => {}) } })
      const refused = auth.authenticate(bearer(oldToken('ada')))
      await vi.advanceTimersByTimeAsync(6_000)
      expect(await refused).toMatchObject({ ok: false, error: { status: 503, code: 'policy_unavailable' } })
      const diagnosed = auth.diagnose(oldToken('ada'))
      await vi.advanceTimersByTimeAsync(6_000)
      expect((await diagnosed).steps.at(-1)?.findings[0]).toMatch(
        /has never had a policy: its source cannot be read; .*: its source has not answered within 5000 ms$/,
      )
      await auth.close()
    } finally {
      vi.useRealTimers()
    }
  })
})
