import { describe, expect, it } from 'vitest'
import {
  createDualAuth,
  STAGES,
  type AuthEvent,
  type DualAuth,
  type PolicyDocument,
  type Stage,
  type Verification,
  type Verifier,
} from '../../src/index.js'
import { rejected } from '../../src/route/verifier.js'
import { createClock } from '../support/clock.js'
import { outcome } from '../support/outcome.js'
import { cookies } from '../support/requests.js'
import { identity } from '../support/verifiers.js'

type Side = 'old' | 'new'
type State = 'valid' | 'expired' | 'revoked' | 'forged' | 'outage' | 'unlinked'
const STATES: readonly State[] = ['valid', 'expired', 'revoked', 'forged', 'outage', 'unlinked']

const clock = createClock()

/** The cookie of a side is called after it, and its value says how it is: `revoked`, or `valid:organization`. */
function verifierOfSide(side: Side): Verifier {
  const carriage = { bearer: false, headers: [], cookies: [side] }
  return {
    name: side,
    shapes: [{ kind: 'cookie', carriage }],
    open: () => ({ verify: ({ value }) => said(side, value), ready: async () => {}, close: () => {} }),
  }
}

function said(side: Side, value: string): Verification {
  const [state, organization = 'globex'] = value.split(':')
  if (state === 'outage') throw new Error(`the provider of the ${side} side is down`)
  if (state === 'expired') return rejected('credential_expired', 'expired')
  if (state === 'revoked') return rejected('credential_revoked', 'revoked')
  if (state === 'forged') return rejected('credential_invalid', 'signature')
  return { outcome: 'accepted', identity: identity(state === 'unlinked' ? 'nobody' : 'u1', { organization }) }
}

interface Moving {
  readonly auth: DualAuth
  readonly events: AuthEvent[]
}

function moving(policy: Omit<PolicyDocument, 'version'>, order: readonly Side[] = ['old', 'new']): Moving {
  const events: AuthEvent[] = []
  const auth = createDualAuth({
    verifiers: order.map(verifierOfSide),
    link: ({ subject, organization }) => (subject === 'nobody' ? null : { id: subject, organization }),
    migration: { from: ['old'], to: 'new', policy: { version: 1, ...policy } },
    trustedOrigins: [],
    now: clock.now,
    onEvent: (event) => void events.push(event),
  })
  return { auth: auth as unknown as DualAuth, events }
}

/** Of everybody, and of the caller's organization: none of its own, or one. */
const POLICIES = STAGES.flatMap((everybody) =>
  [undefined, ...STAGES].map((own) => ({
    everybody,
    own,
    policy: { stage: everybody, ...(own !== undefined && { organizations: { globex: { stage: own } } }) },
  })),
)

/** Written again from the table of the guide, and nothing else. */
function counts(side: Side, stage: Stage): boolean {
  const accepted: Record<Stage, readonly Side[]> = {
    off: ['old'],
    shadow: ['old'],
    dual: ['old', 'new'],
    'prefer-new': ['old', 'new'],
    'new-only': ['new'],
    retired: ['new'],
  }
  return accepted[stage].includes(side)
}

const DECIDES: Partial<Record<State, string>> = {
  revoked: '401 credential_revoked',
  forged: '401 credential_invalid',
  outage: '503 verifier_unavailable',
  unlinked: '403 identity_unlinked',
}

/** Undefined: nobody is proved, and which refusal it is depends on what was asked. */
function expected(
  { everybody, own }: (typeof POLICIES)[number],
  states: Readonly<Record<Side, State>>,
  byAge: readonly Side[],
): string | undefined {
  const stage = own ?? everybody
  // Nobody who is not linked acts for an organization, so that everybody's stage holds.
  const isMute = (side: Side) => states[side] === 'unlinked' && !counts(side, everybody)
  const counting = byAge.filter((side) => counts(side, stage))
  const proving = counting.find((side) => states[side] === 'valid')
  if (proving === undefined) return undefined
  const before = counting
    .slice(0, counting.indexOf(proving))
    .map((side) => (isMute(side) ? undefined : DECIDES[states[side]]))
  return before.find((refusal) => refusal !== undefined) ?? `200 u1 by ${proving}`
}

describe('a cookie of each side', () => {
  for (const order of [['old', 'new'] as const, ['new', 'old'] as const])
    it(`decides only where its side counts for the caller, the verifiers listed as ${order.join(', ')}`, async () => {
      const byAge = [...order].reverse()
      for (const at of POLICIES) {
        const { everybody, own, policy } = at
        const { auth } = moving(policy, order)
        for (const old of STATES)
          for (const fresh of STATES) {
            const states = { old, new: fresh }
            const seen = await outcome(auth, cookies(['old', old], ['new', fresh]))
            const what = { everybody, own, ...states }
            const right = expected(at, states, byAge)
            if (right !== undefined) expect({ ...what, seen }).toEqual({ ...what, seen: right })
            else expect({ ...what, seen }).toEqual({ ...what, seen: expect.stringMatching(/^(401|403|503) /) })
            // Where each provider answered, there is no outage.
            if (old !== 'outage' && fresh !== 'outage') expect(seen, JSON.stringify(what)).not.toMatch(/^503/)
          }
      }
    })

  it('of the new side that is logged out never signs the old one in where the new side counts', async () => {
    for (const { everybody, own, policy } of POLICIES)
      if (counts('new', own ?? everybody))
        expect(await outcome(moving(policy).auth, cookies(['old', 'valid'], ['new', 'revoked']))).not.toMatch(/^200/)
  })

  it('decides for a caller who acts for no organization by everybody’s stage', async () => {
    const policy = { stage: 'dual', organizations: { globex: { stage: 'off' } } } as const
    const { auth } = moving(policy)
    const elsewhere = cookies(['old', 'valid:acme'], ['new', 'revoked'])
    expect(await outcome(auth, elsewhere)).toBe('401 credential_revoked')
    expect(await outcome(auth, cookies(['old', 'valid:globex'], ['new', 'revoked']))).toBe('200 u1 by old')
  })

  it('is passed over with an event of its own, and an outage is counted', async () => {
    const { auth, events } = moving({ stage: 'dual', organizations: { globex: { stage: 'off' } } })
    await outcome(auth, cookies(['old', 'valid'], ['new', 'outage']))
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'ignored',
        code: 'verifier_unavailable',
        verifier: 'new',
        carrier: 'cookie',
      }),
    )
    expect(events).toContainEqual(expect.objectContaining({ type: 'unavailable', source: 'new' }))
    expect(events.filter(({ type }) => type === 'authenticated')).toHaveLength(1)
  })

  it('decides where two valid ones prove callers of whom one is at a stage where it counts', async () => {
    const { auth } = moving({ stage: 'dual', organizations: { globex: { stage: 'off' } } })
    const three = cookies(['old', 'valid:globex'], ['old', 'valid:acme'], ['new', 'revoked'])
    expect(await outcome(auth, three)).toBe('401 credential_revoked')
  })
})
