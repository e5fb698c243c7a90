import { describe, expect, it } from 'vitest'
import type { Stage } from '../../src/index.js'
import { createChain, type ChainOptions } from '../support/chain.js'
import { outcome } from '../support/outcome.js'
import { apiKey, bearer, cookies } from '../support/requests.js'

const MOVE = { name: 'keys', from: ['old'], to: 'new' } as const

/** Of one move, with the old side first. */
function chainAt(stage: Stage, more: Partial<ChainOptions> = {}) {
  return createChain({
    knows: { old: ['k_old', 'k_both'], new: ['k_new', 'k_both'] },
    moves: [{ ...MOVE, policy: { stage } }],
    ...more,
  })
}

const NEW_FIRST = { knows: { new: ['k_new', 'k_both'], old: ['k_old', 'k_both'] } }

const ANSWERS = {
  O: (key: string) => `200 ${key} by old`,
  N: (key: string) => `200 ${key} by new`,
  R: () => '401 legacy_retired',
  E: () => '401 credential_not_accepted',
  I: () => '401 credential_invalid',
  X: () => '503 verifier_unavailable',
}

/** One row for each outage: of a credential that the old side knows, the new side, nobody, both. */
const OUTAGES = [[], ['old'], ['new'], ['old', 'new']] as const
const OLD_ONLY = ['OEEO', 'XXXX', 'OEEO', 'XXXX']
const NEW_ONLY = ['RNRN', 'RNRN', 'XXXX', 'XXXX']
const TABLE: readonly [Stage, order: 'old first' | 'new first', rows: readonly string[]][] = [
  ['off', 'old first', OLD_ONLY],
  ['off', 'new first', OLD_ONLY],
  ['shadow', 'old first', OLD_ONLY],
  ['shadow', 'new first', OLD_ONLY],
  ['dual', 'old first', ['ONIO', 'XXXX', 'OXXO', 'XXXX']],
  ['dual', 'new first', ['ONIN', 'XNXN', 'XXXX', 'XXXX']],
  ['prefer-new', 'old first', ['ONIO', 'XXXX', 'OXXO', 'XXXX']],
  ['prefer-new', 'new first', ['ONIN', 'XNXN', 'XXXX', 'XXXX']],
  ['new-only', 'old first', ['RNIR', 'XNXN', 'RXXR', 'XXXX']],
  ['new-only', 'new first', ['RNIN', 'XNXN', 'XXXX', 'XXXX']],
  ['retired', 'old first', NEW_ONLY],
  ['retired', 'new first', NEW_ONLY],
]
const CASES = TABLE.flatMap(([stage, order, rows]) =>
  rows.flatMap((row, place) =>
    ['k_old', 'k_new', 'k_none', 'k_both'].map((key, column) => {
      const answer = ANSWERS[row[column] as keyof typeof ANSWERS](key)
      const outage = OUTAGES[place] ?? []
      return [stage, order, outage.join(' and ') || 'nobody', key, answer, outage] as const
    }),
  ),
)

describe('two owners of one credential', () => {
  it.each(CASES)('%s, %s, an outage of %s: %s is answered %s', async (stage, order, _, key, expected, outage) => {
    const { auth, down } = chainAt(stage, order === 'new first' ? NEW_FIRST : {})
    for (const name of outage) down.add(name)
    // The second time, an acceptance is remembered.
    for (let time = 0; time < 2; time++)
      for (const request of [bearer(key), apiKey(key), cookies(['k', key])])
        expect(await outcome(auth, request)).toBe(expected)
    const { accepted, code } = await auth.diagnose(key)
    expect(accepted ? '200' : code).toBe(accepted ? expected.slice(0, 3) : expected.slice(4))
  })

  it.each([
    ['retired', 'old', 'new'],
    ['off', 'new', 'old'],
    ['shadow', 'new', 'old'],
  ] as const)('at %s, the side that is refused by its shape is never asked: %s', async (stage, refused, counting) => {
    for (const order of [{}, NEW_FIRST]) {
      const { auth, asked } = chainAt(stage, order)
      await auth.ready()
      for (const key of ['k_old', 'k_new', 'k_none', 'k_both']) {
        await auth.authenticate(bearer(key))
        await auth.authenticate(cookies(['k', key]))
        await auth.authenticate(apiKey(key), { fresh: true })
        await auth.diagnose(key)
      }
      expect(asked).toContain(counting)
      expect(asked.filter((name) => name.startsWith(refused))).toEqual([])
    }
  })

  it('a remembered credential asks nobody, at no stage', async () => {
    for (const stage of ['dual', 'new-only', 'retired'] as const) {
      const { auth, asked } = chainAt(stage)
      await outcome(auth, bearer('k_new'))
      asked.length = 0
      expect(await outcome(auth, bearer('k_new'))).toBe('200 k_new by new')
      expect(asked).toEqual([])
    }
  })

  it('what the new side accepted during an outage of the ended one is remembered as well', async () => {
    const { auth, asked, down } = chainAt('new-only')
    down.add('old')
    await outcome(auth, bearer('k_new'))
    expect(asked).toEqual(['old', 'new'])
    await outcome(auth, bearer('k_new'))
    expect(asked).toEqual(['old', 'new'])
  })

  it('says of a refusal by its shape which side ended, as evidence of nobody known', async () => {
    const { auth, sightings, events } = chainAt('retired')
    expect(await outcome(auth, apiKey('k_old'))).toBe('401 legacy_retired')
    await auth.flush()
    expect(sightings).toMatchObject([{ side: 'old', outcome: 'refused', user: null, verifier: 'old', client: 'key' }])
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'refused', code: 'legacy_retired', reason: 'retired', verifier: 'old' }),
    )
  })

  it('an outage that does not decide is told to the operator, and one that does is told once', async () => {
    const { auth, down, events } = chainAt('new-only')
    down.add('old')
    const outages = () => events.filter(({ type }) => type === 'unavailable')
    await outcome(auth, bearer('k_new'))
    expect(outages()).toMatchObject([{ source: 'old', cause: { message: 'old is down' } }])
    await outcome(auth, bearer('k_none'))
    expect(outages()).toMatchObject([{ source: 'old' }, { source: 'old' }])
  })

  it('a policy that changes holds for the next request, also where the other side has to be asked about it', async () => {
    const { auth, publish } = chainAt('dual')
    const request = bearer('k_both')
    const stages: [Stage, string][] = [
      ['dual', '200 k_both by old'],
      ['new-only', '401 legacy_retired'],
      ['retired', '200 k_both by new'],
      ['new-only', '200 k_both by new'],
      ['off', '200 k_both by old'],
      ['retired', '200 k_both by new'],
    ]
    for (const [stage, expected] of stages) {
      publish({ stage })
      expect([stage, await outcome(auth, request)]).toEqual([stage, expected])
      expect([stage, await outcome(auth, request)]).toEqual([stage, expected])
    }
  })

  it('a remembered credential of the old side alone keeps its person as evidence once that is retired', async () => {
    const { auth, publish, sightings } = chainAt('dual')
    await outcome(auth, bearer('k_old'))
    publish({ stage: 'retired' })
    expect(await outcome(auth, bearer('k_old'))).toBe('401 legacy_retired')
    await auth.flush()
    expect(sightings.map(({ outcome, user }) => [outcome, user])).toEqual([
      ['accepted', 'k_old'],
      ['refused', 'k_old'],
    ])
  })

  it('callers that come together are answered alike', async () => {
    const { auth, down } = chainAt('new-only')
    down.add('old')
    const answers = await Promise.all(Array.from({ length: 5 }, () => outcome(auth, bearer('k_new'))))
    expect(new Set(answers)).toEqual(new Set(['200 k_new by new']))
  })
})

describe('a chain where one organization is further than the others', () => {
  const accounts = {
    link: (_: string, subject: string) => ({ id: subject, organization: subject.split('_')[1] ?? null }),
  }
  const knows = { old: ['k_acme_old', 'k_beta_old'], new: ['k_acme_new', 'k_beta_new'] }
  const at = (acme: Stage, usual: Stage, more: Partial<ChainOptions> = {}) =>
    createChain({
      knows,
      moves: [{ ...MOVE, policy: { stage: usual, organizations: { acme: { stage: acme } } } }],
      ...accounts,
      ...more,
    })

  it.each(['new-only', 'retired'] as const)('%s: an outage of the old side refuses nobody there', async (stage) => {
    const { auth, down } = at(stage, 'dual')
    expect(await outcome(auth, bearer('k_acme_old'))).toBe('401 legacy_retired')
    expect(await outcome(auth, bearer('k_beta_old'))).toBe('200 k_beta_old by old')
    down.add('old')
    for (let time = 0; time < 2; time++) {
      expect(await outcome(auth, apiKey('k_acme_new'))).toBe('200 k_acme_new by new')
      // Elsewhere the old side may know it as revoked.
      expect(await outcome(auth, apiKey('k_beta_new'))).toBe('503 verifier_unavailable')
      expect(await outcome(auth, apiKey('k_none'))).toBe('503 verifier_unavailable')
    }
    expect(await auth.diagnose('k_acme_new')).toMatchObject({ accepted: true, verifier: 'new' })
    expect(await auth.diagnose('k_beta_new')).toMatchObject({ code: 'verifier_unavailable', verifier: 'old' })
    down.clear()
    expect(await outcome(auth, apiKey('k_beta_new'))).toBe('200 k_beta_new by new')
  })

  it('off: an outage of the new side refuses nobody there', async () => {
    const { auth, down } = at('off', 'dual', { knows: { new: knows.new, old: knows.old } })
    expect(await outcome(auth, bearer('k_acme_new'))).toBe('401 credential_not_accepted')
    down.add('new')
    expect(await outcome(auth, apiKey('k_acme_old'))).toBe('200 k_acme_old by old')
    expect(await outcome(auth, apiKey('k_beta_old'))).toBe('503 verifier_unavailable')
    expect(await auth.diagnose('k_acme_old')).toMatchObject({ accepted: true, verifier: 'old' })
  })

  it('judges by the organization that the request names, also where the answer was another one for the last', async () => {
    const memberships = [{ organization: 'acme' }, { organization: 'beta' }]
    const { auth, down } = at('retired', 'dual', {
      knows: { old: [], new: ['k_ada'] },
      link: () => ({ id: 'ada', memberships }),
      more: { organization: (request) => request.header('x-organization') ?? undefined },
    })
    down.add('old')
    const naming = (organization: string) => bearer('k_ada', { 'x-organization': organization })
    for (let time = 0; time < 2; time++) {
      expect(await outcome(auth, naming('acme'))).toBe('200 ada by new')
      expect(await outcome(auth, naming('beta'))).toBe('503 verifier_unavailable')
      expect(await outcome(auth, naming('elsewhere'))).toBe('503 verifier_unavailable')
    }
    const together = ['acme', 'beta', 'acme'].map((organization) => outcome(auth, naming(organization)))
    expect(await Promise.all(together)).toEqual(['200 ada by new', '503 verifier_unavailable', '200 ada by new'])
  })

  it('whoever has no account on the new side is not refused for it while the old side cannot tell', async () => {
    const { auth, down } = at('retired', 'dual', { link: () => null })
    down.add('old')
    expect(await outcome(auth, bearer('k_acme_new'))).toBe('503 verifier_unavailable')
  })

  it('a cut-off that is over ends the old side for those who have left it', async () => {
    const cutOff = { refuseIssuedAfter: '2020-01-01T00:00:00Z', acceptUntil: '2021-01-01T00:00:00Z' }
    const { auth, down } = createChain({
      knows,
      moves: [{ ...MOVE, policy: { stage: 'dual', cutOff, organizations: { acme: { stage: 'off' } } } }],
      ...accounts,
    })
    down.add('old')
    expect(await outcome(auth, bearer('k_beta_new'))).toBe('200 k_beta_new by new')
    expect(await outcome(auth, bearer('k_acme_new'))).toBe('503 verifier_unavailable')
  })
})

describe('a chain of three', () => {
  const knows = { first: ['k_1'], second: ['k_2'], third: ['k_3'] }
  const both = (first: Stage, second: Stage) =>
    createChain({
      knows,
      moves: [
        { name: 'a', from: ['first'], to: 'third', policy: { stage: first } },
        { name: 'b', from: ['second'], to: 'third', policy: { stage: second } },
      ],
    })

  it.each([
    ['retired', 'dual', 'first', ['401 legacy_retired', '200 k_2 by second', '200 k_3 by third', '401 legacy_retired']],
    ['dual', 'retired', 'second', ['200 k_1 by first', '401 legacy_retired', '200 k_3 by third', '401 legacy_retired']],
  ] as const)('two moves to one side, at %s and %s, never ask %s', async (first, second, ended, expected) => {
    const { auth, asked, down } = both(first, second)
    down.add(ended)
    const answers = []
    for (const key of ['k_1', 'k_2', 'k_3', 'k_4']) answers.push(await outcome(auth, bearer(key)))
    expect(answers).toEqual(expected)
    expect(asked).not.toContain(ended)
  })

  it('passes over two outages, of which each has ended', async () => {
    const { auth, down, publish } = both('new-only', 'new-only')
    down.add('first').add('second')
    expect(await outcome(auth, bearer('k_3'))).toBe('200 k_3 by third')
    expect(await outcome(auth, bearer('k_2'))).toBe('503 verifier_unavailable')
    publish({ stage: 'dual' }, 'b')
    expect(await outcome(auth, apiKey('k_3'))).toBe('503 verifier_unavailable')
  })

  it('one that takes part in no move is asked as always', async () => {
    const chain = createChain({
      knows,
      moves: [{ name: 'a', from: ['first'], to: 'third', policy: { stage: 'retired' } }],
    })
    const { auth, asked, down } = chain
    expect(await outcome(auth, bearer('k_2'))).toBe('200 k_2 by second')
    expect(await outcome(auth, bearer('k_1'))).toBe('401 legacy_retired')
    down.add('second')
    expect(await outcome(auth, bearer('k_3'))).toBe('503 verifier_unavailable')
    expect(asked).not.toContain('first')
  })

  it('of an old side that ended and a new one that has not begun, the old one answers', async () => {
    for (const order of [
      ['first', 'second', 'third'],
      ['second', 'first', 'third'],
    ] as const) {
      const { auth } = createChain({
        knows: Object.fromEntries(order.map((name) => [name, knows[name]])),
        moves: [
          { name: 'a', from: ['first'], to: 'third', policy: { stage: 'retired' } },
          { name: 'b', from: ['third'], to: 'second', policy: { stage: 'off' } },
        ],
      })
      expect(await outcome(auth, bearer('k_3'))).toBe('200 k_3 by third')
      for (const key of ['k_1', 'k_2', 'k_4']) expect(await outcome(auth, bearer(key))).toBe('401 legacy_retired')
    }
  })

  it('is asked of nobody where all of it ended, whichever stands first', async () => {
    for (const knows of [
      { second: ['k_2'], first: ['k_1'], apart: [] },
      { first: ['k_1'], second: ['k_2'], apart: [] },
    ]) {
      const { auth, asked, sightings } = createChain({
        knows,
        apart: 'apart',
        moves: [
          { name: 'a', from: ['first'], to: 'apart', policy: { stage: 'retired' } },
          { name: 'b', from: ['apart'], to: 'second', policy: { stage: 'off' } },
        ],
      })
      for (const key of ['k_1', 'k_2']) expect(await outcome(auth, bearer(key))).toBe('401 legacy_retired')
      await auth.flush()
      expect(asked).toEqual([])
      expect(sightings).toMatchObject([{ side: 'old', verifier: 'first', outcome: 'refused' }])
    }
  })
})
