import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashedIdentifier, type IssuerInput, type PolicyDocument } from '../../src/index.js'
import { bucketOf } from '../../src/migration/bucket.js'
import { compilePolicy } from '../../src/migration/policy/compiled-policy.js'
import { issuance } from '../../src/migration/issuance.js'
import { START } from '../support/clock.js'
import { createMove, atStage } from '../support/migration.js'

const rollout = { unit: 'user', salt: 'spring', basisPoints: 0 } as const

const held = { organizations: { acme: { stage: 'dual', hold: true } } } as const
const inHeld = { user: 'ada', organization: 'acme' }
const ENDED = new Date(START).toISOString()
const COMING = new Date(START + 1).toISOString()
type Case = [string, Partial<PolicyDocument>, IssuerInput, string]

function issued(document: Partial<PolicyDocument>, input: IssuerInput) {
  const policy = compilePolicy({ version: 1, stage: 'dual', settleMs: 0, ...document }, { previous: null, at: START })
  return issuance(policy, input, START)
}

describe('which side issues', () => {
  it.each<Case>([
    ['off: the old one', { stage: 'off', rollout: { ...rollout, basisPoints: 10_000 } }, { user: 'ada' }, 'old stage'],
    [
      'shadow: the old one',
      { stage: 'shadow', rollout: { ...rollout, include: ['ada'] } },
      { user: 'ada' },
      'old stage',
    ],
    [
      'new-only: the new one',
      { stage: 'new-only', rollout: { ...rollout, exclude: ['ada'] } },
      { user: 'ada' },
      'new stage',
    ],
    ['retired: the new one', { stage: 'retired' }, { user: 'ada' }, 'new stage'],
    ['without a rollout the old one', {}, { user: 'ada' }, 'old no_rollout'],
    ['0 % is nobody', { rollout }, { user: 'ada' }, 'old rollout'],
    ['100 % is everybody', { rollout: { ...rollout, basisPoints: 10_000 } }, { user: 'ada' }, 'new rollout'],
    ['who is included', { rollout: { ...rollout, include: ['ada'] } }, { user: 'ada' }, 'new included'],
    [
      'exclusion beats inclusion',
      { rollout: { ...rollout, include: ['ada'], exclude: ['ada'] } },
      { user: 'ada' },
      'old excluded',
    ],
    [
      'a held organization, also for who is included',
      { organizations: { acme: { stage: 'dual', hold: true } }, rollout: { ...rollout, include: ['ada'] } },
      { user: 'ada', organization: 'acme' },
      'old held',
    ],
    [
      'the share of the organization',
      { organizations: { acme: { basisPoints: 10_000 } }, rollout },
      { user: 'ada', organization: 'acme' },
      'new rollout',
    ],
    [
      'the stage of the organization',
      { organizations: { acme: { stage: 'new-only' } } },
      { user: 'ada', organization: 'acme' },
      'new stage',
    ],
    [
      'new people on the new side',
      { newUsers: 'new', rollout },
      { user: null, identifier: 'a@example.com' },
      'new new_user',
    ],
    ['new people without an identifier', { newUsers: 'new', rollout }, {}, 'new new_user'],
    [
      'who types an address into a login page is not new',
      { newUsers: 'new', rollout: { ...rollout, unit: 'identifier' } },
      { identifier: 'a@example.com' },
      'old rollout',
    ],
    ['new people by the rollout', { rollout }, { identifier: 'a@example.com' }, 'old unit_missing'],
    [
      'an identifier without case and spaces',
      { rollout: { ...rollout, unit: 'identifier', include: ['Ada@Example.com'] } },
      { identifier: ' ada@example.COM ' },
      'new included',
    ],
    [
      'an organization as the unit',
      { rollout: { ...rollout, unit: 'organization', include: ['acme'] } },
      { user: 'ada', organization: 'acme' },
      'new included',
    ],
    [
      'an organization that is not given',
      { rollout: { ...rollout, unit: 'organization', basisPoints: 9_999 } },
      { user: 'ada' },
      'old unit_missing',
    ],
    [
      '100 % is everybody, also who is not known yet',
      { rollout: { ...rollout, basisPoints: 10_000 } },
      {},
      'new rollout',
    ],
    [
      'but for those who are left out by name',
      { rollout: { ...rollout, basisPoints: 10_000, exclude: ['ada'] } },
      { identifier: 'ada@example.com' },
      'old unit_missing',
    ],
    ...(['refuseIssuedAfter', 'acceptUntil'] as const).flatMap((end): Case[] => [
      [`after ${end} the new one, whoever it is`, { cutOff: { [end]: ENDED }, ...held }, inHeld, 'new cut_off'],
      [
        `also before this instance may issue, after ${end}`,
        { cutOff: { [end]: ENDED }, settleMs: 60_000 },
        {},
        'new cut_off',
      ],
      [`before ${end} as ever`, { cutOff: { [end]: COMING }, ...held }, inHeld, 'old held'],
      [`off: the old one, also after ${end}`, { stage: 'off', cutOff: { [end]: ENDED } }, {}, 'old stage'],
    ]),
  ])('%s', async (_name, document, input, expected) => {
    const { side, reason } = await issued(document, input)
    expect(`${side} ${reason}`).toBe(expected)
  })
})

describe('the bucket of a unit', () => {
  it('is the first 48 bits of SHA-256 over salt, NUL and unit, modulo 10,000', async () => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('spring\0ada')))
    const bits = digest.slice(0, 6).reduce((value, byte) => value * 256 + byte, 0)
    expect(await bucketOf('spring', 'ada')).toBe(bits % 10_000)
  })

  it('never drops anybody from a rollout that grows, for any salt and unit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, maxLength: 20 }),
        fc.string({ minLength: 1 }),
        fc.nat(10_000),
        fc.nat(10_000),
        async (salt, user, a, b) => {
          const [less, more] = [Math.min(a, b), Math.max(a, b)]
          const at = async (basisPoints: number) =>
            (await issued({ rollout: { ...rollout, salt, basisPoints } }, { user })).side
          if ((await at(less)) === 'new') expect(await at(more)).toBe('new')
        },
      ),
    )
  })

  it('spreads units evenly, and independently for two salts', async () => {
    const UNITS = 20_000
    const [one, other] = await Promise.all(
      ['spring', 'summer'].map((salt) =>
        Promise.all(Array.from({ length: UNITS }, (_, at) => bucketOf(salt, `user-${at}`))),
      ),
    )
    const tenths = Array.from({ length: 10 }, () => 0)
    for (const bucket of one!) tenths[Math.floor(bucket / 1_000)]!++
    const expected = UNITS / 10
    const chiSquare = tenths.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 9 degrees of freedom: 27.9 is passed by chance once in a thousand; the units are the same at every run.
    expect(chiSquare).toBeLessThan(27.9)
    const inBoth = one!.filter((bucket, at) => bucket < 1_000 && other![at]! < 1_000).length
    expect(inBoth / UNITS).toBeGreaterThan(0.007)
    expect(inBoth / UNITS).toBeLessThan(0.013)
  })
})

describe('the settle delay', () => {
  const share = { ...rollout, basisPoints: 10_000 }
  const sides = async (auth: ReturnType<typeof createMove>['auth']) => {
    const { side, reason } = await auth.issuerFor({ user: 'ada' })
    return `${side} ${reason}`
  }

  it('the new side issues only some time after it was seen to be accepted', async () => {
    const { auth, clock, publish } = createMove({ stage: 'off' })
    expect(await sides(auth)).toBe('old stage')
    await publish({ stage: 'dual', rollout: share })
    expect(await sides(auth)).toBe('old settling')
    clock.advance(29_999)
    expect(await sides(auth)).toBe('old settling')
    clock.advance(1)
    expect(await sides(auth)).toBe('new rollout')
  })

  it('does not begin again with a later version that goes on accepting it', async () => {
    const { auth, clock, publish } = createMove({ stage: 'dual' })
    await auth.issuerFor({ user: 'ada' })
    clock.advance(30_000)
    await publish({ stage: 'prefer-new', rollout: share })
    expect(await sides(auth)).toBe('new rollout')
    await publish({ stage: 'off' })
    await publish({ stage: 'dual', rollout: share })
    expect(await sides(auth)).toBe('old settling')
  })

  it('is counted for each organization, also when one loses its own stage', async () => {
    const { auth, clock, publish } = createMove({ stage: 'dual' })
    await publish({ stage: 'dual', rollout: share, organizations: { acme: { stage: 'off' } } })
    await auth.issuerFor({ user: 'ada' })
    clock.advance(60_000)
    await publish({ stage: 'dual', rollout: share })
    expect((await auth.issuerFor({ user: 'ada', organization: 'acme' })).reason).toBe('settling')
    expect((await auth.issuerFor({ user: 'ada', organization: 'beta' })).reason).toBe('rollout')
  })

  it('an instance that starts later counts from the writing of the version', async () => {
    const policy = { ...atStage('dual'), rollout: share }
    const of = (writtenAt: number) => createMove({ policy: { load: () => ({ document: policy, writtenAt }) } }).auth
    expect(await sides(of(START - 30_000))).toBe('new rollout')
    expect(await sides(of(START - 29_999))).toBe('old settling')
    // A database whose clock is ahead.
    expect(await sides(of(START + 60_000))).toBe('old settling')
  })
})

describe('lists of identifiers', () => {
  const of = (lists: object, identifier = ' ADA@example.com ') =>
    issued({ rollout: { ...rollout, unit: 'identifier', ...lists } }, { identifier })

  it('take a hash for its identifier, in any case and with outer spaces', async () => {
    const ada = await hashedIdentifier('Ada@Example.com')
    expect(ada).toMatch(/^sha256:[\w-]{43}$/)
    expect(await hashedIdentifier(ada)).toBe(ada)
    expect(await of({ include: [ada] })).toMatchObject({ side: 'new', reason: 'included' })
    expect(await of({ exclude: [ada], basisPoints: 10_000 })).toMatchObject({ side: 'old', reason: 'excluded' })
    expect(await of({ include: [ada] }, 'bob@example.com')).toMatchObject({ side: 'old', reason: 'rollout' })
    expect(await of({ include: [ada, 'bob@example.com'] }, 'BOB@example.com')).toMatchObject({ reason: 'included' })
  })

  it('are no lists of users that are named like a hash', async () => {
    const ada = await hashedIdentifier('ada')
    const include = { rollout: { ...rollout, include: [ada] } }
    expect(await issued(include, { user: 'ada' })).toMatchObject({ side: 'old' })
    expect(await issued(include, { user: ada })).toMatchObject({ side: 'new', reason: 'included' })
  })
})
