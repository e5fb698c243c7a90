import { describe, expect, it } from 'vitest'
import { apiKeys, betterAuth, createDualAuth, legacyJwt, memoryApiKeys, type Verifier } from '../../src/index.js'
import { carrierPlan, createRouter } from '../../src/route/router.js'
import { present } from '../../src/route/shape.js'
import { outcome, wrongOption } from '../support/outcome.js'
import { bearer } from '../support/requests.js'
import { SESSION_SECRET } from '../support/sessions.js'
import { mint, OTHER_SECRET, SECRET } from '../support/tokens.js'

const legacy = (name: string, more: object = {}, secret = SECRET) =>
  legacyJwt({ name, algorithms: ['HS256'], secrets: [secret], purpose: 'only-access-tokens', ...more })
const keys = (name: string, more: object = {}) => apiKeys({ name, prefix: 'sk_', keys: memoryApiKeys(), ...more })
const sessions = (name: string, more: object = {}) =>
  betterAuth({ name, secrets: [SESSION_SECRET], sessions: () => null, ...more })

const construct = (verifiers: Verifier[], precedence?: string[]) => () =>
  createDualAuth({ verifiers, link: () => null, ...(precedence === undefined ? {} : { precedence }) })

describe('a configuration in which two verifiers claim one credential', () => {
  it.each<[string, Verifier[]]>([
    ['two JWT verifiers without issuer', [legacy('a'), legacy('b', {}, OTHER_SECRET)]],
    ['two with a common issuer', [legacy('a', { issuer: 'x' }), legacy('b', { issuer: ['x', 'y'] }, OTHER_SECRET)]],
    ['two stores of one prefix', [keys('a'), keys('b')]],
    ['two Better Auth servers with one cookie name', [sessions('a'), sessions('b', { secrets: [OTHER_SECRET] })]],
    [
      'a JWT in the cookie of a session',
      [legacy('a', { carriers: [{ cookie: 'sid' }] }), sessions('b', { cookies: { name: 'sid' } })],
    ],
  ])('is refused: %s', (_, verifiers) => {
    expect(wrongOption(construct(verifiers))).toBe('createDualAuth.verifiers')
  })

  it('passes with a declared precedence of both', () => {
    expect(construct([legacy('a'), legacy('b', {}, OTHER_SECRET)], ['b', 'a'])).not.toThrow()
    expect(wrongOption(construct([legacy('a'), legacy('b', {}, OTHER_SECRET)], ['b']))).toBe('createDualAuth.verifiers')
  })

  it('is refused for two verifiers with one name, and for a precedence that names none', () => {
    expect(wrongOption(construct([legacy('a'), keys('a')]))).toBe('createDualAuth.verifiers[1].name')
    expect(wrongOption(construct([legacy('a'), keys('b')], ['a', 'c']))).toBe('createDualAuth.precedence[1]')
  })
})

describe('a credential that two verifiers own at first sight', () => {
  it('is refused as ambiguous and reported', async () => {
    const events: unknown[] = []
    const auth = createDualAuth({
      verifiers: [legacy('jwt'), keys('keys', { imported: [{ prefix: 'ew', minLength: 20, maxLength: 500 }] })],
      link: ({ subject }) => ({ id: subject }),
      onEvent: (event) => void events.push(event),
    })
    // A line break after the brace makes the first letters "ew", which no JWT usually begins with.
    const token = mint({ header: '{\n"alg":"HS256"}', claims: { sub: 'x', exp: 9_999_999_999 } })
    expect(await outcome(auth, bearer(token))).toBe('400 credential_ambiguous')
    expect(events).toContainEqual(expect.objectContaining({ type: 'ambiguous', verifiers: ['jwt', 'keys'] }))
  })
})

describe('precedence', () => {
  it('gives the credential to the first alone: what it rejects is rejected', async () => {
    const auth = createDualAuth({
      verifiers: [legacy('a'), legacy('b', {}, OTHER_SECRET)],
      precedence: ['b', 'a'],
      link: ({ subject }) => ({ id: subject }),
    })
    const claims = { sub: 'x', exp: 9_999_999_999 }
    expect(await outcome(auth, bearer(mint({ claims, key: OTHER_SECRET })))).toBe('200 x by b')
    expect(await outcome(auth, bearer(mint({ claims })))).toBe('401 credential_invalid')
  })

  it('makes a chain of API-key verifiers, in its order', () => {
    const router = createRouter([keys('a'), keys('b'), keys('c')], ['c', 'a', 'b'])
    const credential = present({ carrier: 'bearer', name: 'authorization', value: 'sk_1' })
    expect(router.select(credential)).toEqual({ kind: 'owned', owners: [2, 0, 1] })
  })
})

it('looks at cookies of the newest side first', () => {
  const plan = carrierPlan([legacy('old', { carriers: [{ cookie: 'old' }] }), sessions('new')], 100, null)
  expect(plan.cookies).toEqual(['__Secure-better-auth.session_token', 'better-auth.session_token', 'old'])
  expect(plan).toMatchObject({ bearer: true, percentEncodedBearer: true, headers: [], maxCredentialBytes: 100 })
})
