import { describe, expect, it } from 'vitest'
import { envPolicy, type AuthEvent, type PolicyDocument, type PolicySource } from '../../src/index.js'
import { atStage, createMove, newCookie, oldToken } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'

const WRONG = { version: 7, stage: 'gone' }
const FALLBACK = atStage('dual', { version: 3 })
const down: PolicySource['load'] = () => {
  throw new Error('connect ECONNREFUSED')
}

async function ready(load: PolicySource['load'], fallback?: PolicyDocument) {
  const { auth, events } = createMove({ policy: { load }, ...(fallback && { fallback }) })
  const said = await auth.ready().then(
    () => 'ready',
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  )
  await auth.close()
  return { said, events }
}

const ofType = <T extends AuthEvent['type']>(events: readonly AuthEvent[], type: T) =>
  events.filter((event): event is Extract<AuthEvent, { type: T }> => event.type === type)

describe('ready() of an instance whose policy', () => {
  it.each([
    ['source is away', down, /policy: its source cannot be read; no policy is in force.*503: connect ECONNREFUSED/],
    [
      'is invalid',
      () => ({ document: WRONG }),
      /policy: the policy that its source has is invalid; no policy is in force.*503.*stage/,
    ],
    ['is not there', () => null, /policy: its source has no policy yet; no policy is in force.*503/],
  ])('%s says so, and that requests are answered 503', async (_name, load, message) => {
    const { said } = await ready(load)
    expect(said).toMatch(/^verifier_unavailable: migration\(default\)\./)
    expect(said).toMatch(message)
  })

  it.each([
    ['source is away', down, /its source cannot be read; the fallback is in force, version 3 at dual: connect/],
    [
      'is invalid',
      () => ({ document: WRONG }),
      /its source has is invalid; the fallback is in force, version 3 at dual.*stage/,
    ],
  ])('%s says that the fallback counts', async (_name, load, message) => {
    expect((await ready(load, FALLBACK)).said).toMatch(message)
  })

  it('is not there is ready with its fallback, and an event says that it counts', async () => {
    const { said, events } = await ready(() => null, FALLBACK)
    expect(said).toBe('ready')
    const [missing] = ofType(events, 'policy_missing')
    expect(missing?.error?.message).toContain('the fallback is in force until then, version 3 at dual')
  })

  it('was good before says that the last good one counts', async () => {
    let isDown = false
    const load = () => (isDown ? down() : { document: atStage('prefer-new', { version: 4 }) })
    const { auth } = createMove({ policy: { load, pollMs: 500 } })
    await auth.ready()
    isDown = true
    await expect(auth.ready()).rejects.toMatchObject({
      message: expect.stringContaining('the last good policy is in force, version 4 at prefer-new') as string,
    })
    await auth.close()
  })
})

describe('switches of the environment', () => {
  const started = async (env: Record<string, string>, names = {}) => {
    const { auth, events } = createMove({ policy: envPolicy(env, names) })
    await auth.ready()
    const stage = (await auth.migrationStatus()).stage
    await auth.ready()
    await auth.close()
    return { stage, assumed: ofType(events, 'policy_assumed') }
  }

  it('that are both lost mean off, as before, and an event names them once', async () => {
    const { stage, assumed } = await started({ PREFER: 'secret-value' }, { dual: 'ACCEPT_BOTH' })
    expect([stage, assumed.length, assumed[0]?.stage]).toEqual(['off', 1, 'off'])
    expect(assumed[0]?.error?.message).toMatch(/ACCEPT_BOTH.*PREFER_BETTER_AUTH/)
    expect(JSON.stringify(assumed)).not.toContain('secret-value')
  })

  it.each([{ ENABLE_DUAL_AUTH: 'false' }, { ENABLE_DUAL_AUTH: '' }, { PREFER_BETTER_AUTH: '0' }])(
    'of which one is set are what somebody meant: %j',
    async (env) => {
      expect(await started(env)).toMatchObject({ stage: 'off', assumed: [] })
    },
  )
})

describe('explainPolicy', () => {
  it('says whether the policy would refuse a genuine credential, of which side and why', async () => {
    const { auth } = createMove({
      policy: atStage('new-only', { version: 5, organizations: { acme: { stage: 'dual' } } }),
    })
    const old = { verifier: 'legacy', migration: 'default', side: 'old', version: 5 }
    expect(await auth.explainPolicy(oldToken('ada'))).toEqual([
      { ...old, stage: 'new-only', refusal: 'retired', isDated: true },
    ])
    expect(await auth.explainPolicy(oldToken('ada'), { organization: 'acme' })).toEqual([
      { ...old, stage: 'dual', refusal: null, isDated: true },
    ])
    expect(await auth.explainPolicy('junk')).toEqual([])
  })

  it('says that nobody can tell without a policy, and starts nothing that goes on', async () => {
    const { auth, heartbeats } = createMove({ policy: { load: down } })
    expect(await auth.explainPolicy(oldToken('ada'))).toMatchObject([
      { version: null, stage: null, refusal: 'unknown' },
    ])
    expect(heartbeats).toEqual([])
    expect(await outcome(auth, bearer(oldToken('ada')))).toBe('503 policy_unavailable')
  })

  it('leaves a cut-off by date open where the date cannot be read', async () => {
    const cutOff = { refuseIssuedAfter: '2020-01-01T00:00:00Z', acceptUntil: '2999-01-01T00:00:00Z' }
    const { auth } = createMove({ policy: atStage('dual', { cutOff }) })
    const [dated] = await auth.explainPolicy(oldToken('ada'))
    expect([dated?.refusal, dated?.isDated]).toEqual(['issued_after_cut_off', true])
    const undated = oldToken('ada', { iat: undefined })
    expect(await auth.explainPolicy(undated)).toMatchObject([{ refusal: 'undated', isDated: false }])
    const [cookie, value] = newCookie('ada')
    expect(await auth.explainPolicy({ cookie, value })).toMatchObject([{ side: 'new', refusal: null }])
  })
})
