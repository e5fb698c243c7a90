import { describe, expect, it } from 'vitest'
import type { Stage } from '../../src/index.js'
import { createMove, newCookie, oldCookie, oldToken } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { bearer, cookies } from '../support/requests.js'

const OLD = '200 ada by legacy'
const NEW = '200 ada by better-auth'
const RETIRED = '401 legacy_retired'
const NOT_YET = '401 credential_not_accepted'

describe('who is accepted at each stage', () => {
  it.each([
    ['off', OLD, NOT_YET],
    ['shadow', OLD, NOT_YET],
    ['dual', OLD, NEW],
    ['prefer-new', OLD, NEW],
    ['new-only', RETIRED, NEW],
    ['retired', RETIRED, NEW],
  ] as const)('%s: the old side is answered %s, the new one %s', async (stage, old, fresh) => {
    const { auth } = createMove({ stage })
    for (let again = 0; again < 2; again++) {
      expect(await outcome(auth, bearer(oldToken('ada')))).toBe(old)
      expect(await outcome(auth, cookies(newCookie('ada')))).toBe(fresh)
    }
  })

  it('a change of the stage holds for the next request, also of a remembered credential, and back', async () => {
    const { auth, publish } = createMove({ stage: 'dual' })
    const request = bearer(oldToken('ada'))
    const stages: [Stage, string][] = [
      ['dual', OLD],
      ['prefer-new', OLD],
      ['new-only', RETIRED],
      ['retired', RETIRED],
      ['new-only', RETIRED],
      ['dual', OLD],
      ['off', OLD],
    ]
    for (const [stage, expected] of stages) {
      await publish({ stage })
      expect([stage, await outcome(auth, request)]).toEqual([stage, expected])
    }
  })

  it('a forged credential of the old side is never called retired while the old side is verified', async () => {
    const { auth } = createMove({ stage: 'new-only' })
    expect(await outcome(auth, bearer(`${oldToken('ada').slice(0, -4)}AAAA`))).toBe('401 credential_invalid')
  })
})

describe('whoever has no account here', () => {
  it.each([
    ['dual', '403 identity_unlinked', '403 identity_unlinked'],
    ['new-only', RETIRED, '403 identity_unlinked'],
    ['retired', RETIRED, '403 identity_unlinked'],
    ['off', '403 identity_unlinked', NOT_YET],
  ] as const)('is told at %s what counts: the old side %s, the new one %s', async (stage, old, fresh) => {
    const { auth, publish } = createMove()
    // One organization elsewhere, so that nothing is refused by its shape alone.
    await publish({ stage, organizations: { acme: { stage: 'dual' } } })
    expect(await outcome(auth, bearer(oldToken('nobody')))).toBe(old)
    expect(await outcome(auth, cookies(newCookie('nobody')))).toBe(fresh)
  })

  it('is not told of an end that only a cut-off would mean', async () => {
    const { auth, publish } = createMove()
    await publish({ stage: 'dual', cutOff: { refuseIssuedAfter: '2020-01-01T00:00:00Z' } })
    expect(await outcome(auth, bearer(oldToken('nobody')))).toBe('403 identity_unlinked')
  })
})

describe('what is refused by its shape', () => {
  it('off asks nobody about a session of the new side', async () => {
    const { auth, asked } = createMove({ stage: 'off' })
    await outcome(auth, cookies(newCookie('ada')))
    expect(asked).toEqual({ sessions: 0, link: 0 })
  })

  it('retired asks nobody about a token of the old side, forged or not', async () => {
    const { auth, asked } = createMove({ stage: 'retired' })
    for (const token of [oldToken('ada'), `${oldToken('ada').slice(0, -4)}AAAA`])
      expect(await outcome(auth, bearer(token))).toBe(RETIRED)
    expect(asked.link).toBe(0)
  })
})

describe('both sides on one request, by cookies', () => {
  it.each([
    ['off', OLD],
    ['shadow', OLD],
    ['dual', '401 identity_conflict'],
    ['prefer-new', '401 identity_conflict'],
    ['new-only', '200 bob by better-auth'],
    ['retired', '200 bob by better-auth'],
  ] as const)('%s: cookies of two people are answered %s', async (stage, expected) => {
    const { auth } = createMove({ stage })
    expect(await outcome(auth, cookies(oldCookie('ada'), newCookie('bob')))).toBe(expected)
  })

  it.each([
    ['off', OLD],
    ['shadow', OLD],
    ['dual', NEW],
    ['prefer-new', NEW],
    ['new-only', NEW],
    ['retired', NEW],
  ] as const)('%s: cookies of one person are answered %s', async (stage, expected) => {
    const { auth } = createMove({ stage })
    expect(await outcome(auth, cookies(oldCookie('ada'), newCookie('ada')))).toBe(expected)
  })
})

describe('stages by organization', () => {
  it('each organization is at its own stage, and who belongs to none is at that of everybody', async () => {
    const { auth, publish } = createMove({ organizations: { ada: 'acme', bob: 'beta' } })
    await publish({ stage: 'dual', organizations: { acme: { stage: 'new-only' }, beta: { stage: 'off' } } })
    expect(await outcome(auth, bearer(oldToken('ada')))).toBe(RETIRED)
    expect(await outcome(auth, bearer(oldToken('bob')))).toBe('200 bob by legacy')
    expect(await outcome(auth, bearer(oldToken('cid')))).toBe('200 cid by legacy')
    expect(await outcome(auth, cookies(newCookie('ada')))).toBe(NEW)
    expect(await outcome(auth, cookies(newCookie('bob')))).toBe(NOT_YET)
    expect(await outcome(auth, cookies(newCookie('cid')))).toBe('200 cid by better-auth')
  })

  it('an organization that is called like a member of every object is at the stage of everybody', async () => {
    const { auth, publish } = createMove({ organizations: { ada: 'constructor', bob: '__proto__' } })
    await publish({ stage: 'new-only', organizations: { acme: { stage: 'dual' } } })
    expect(await outcome(auth, bearer(oldToken('ada')))).toBe(RETIRED)
    expect(await outcome(auth, bearer(oldToken('bob')))).toBe(RETIRED)
  })
})
