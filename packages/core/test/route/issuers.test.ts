import { describe, expect, it } from 'vitest'
import {
  ANY_ISSUER,
  exactIssuer,
  issuersMeet,
  kindOfIssuer,
  namedPart,
  namesIssuer,
  withNamedPart,
} from '../../src/route/issuers.js'

const TENANTS = 'https://login.example/{tenantid}/v2.0'
const LAST = 'https://login.example/realms/{realm}'

describe('an issuer as a verifier names it', () => {
  it.each(['https://id.example', 'https://id.example/v2.0', 'home-grown', ''])(
    'is exact without braces: %j',
    (text) => {
      expect(kindOfIssuer(text)).toBe('exact')
    },
  )

  it.each([TENANTS, LAST, 'https://id.example/{a}', 'https://id.example/{a1_B}/', 'http://localhost/x/{t}/y/z'])(
    'is a pattern with one named segment of its path: %j',
    (text) => {
      expect(kindOfIssuer(text)).toBe('pattern')
    },
  )

  it.each([
    'https://{tenant}.example/v2.0',
    'https://{tenant}',
    'https://id.example/{a}/{b}',
    'https://id.example/x{a}',
    'https://id.example/{a}x',
    'https://id.example/{}',
    'https://id.example/{1a}',
    'https://id.example/{a-b}',
    'https://id.example/{a',
    'https://id.example/a}',
    'https:///{a}',
    'id.example/{a}',
    '{a}',
    ANY_ISSUER,
    '1ttps://id.example/{a}',
    'see https://id.example/{a}',
    'https://id.example/{a}/}',
  ])('is wrong where braces stand elsewhere: %j', (text) => {
    expect(kindOfIssuer(text)).toBe('wrong')
  })

  it('has no braces where there are no patterns', () => {
    expect(exactIssuer.safeParse('https://id.example').success).toBe(true)
    for (const text of [TENANTS, '{', '}', '', 7]) expect(exactIssuer.safeParse(text).success).toBe(false)
  })
})

describe('the named part of an issuer', () => {
  it.each([
    [TENANTS, 'https://login.example/9f8-a_b.C/v2.0', '9f8-a_b.C'],
    [TENANTS, 'https://login.example/a/v2.0', 'a'],
    [LAST, 'https://login.example/realms/main', 'main'],
    [LAST, `https://login.example/realms/${'a'.repeat(128)}`, 'a'.repeat(128)],
  ])('of %s in %s', (pattern, issuer, part) => {
    expect(namedPart(pattern, issuer)).toBe(part)
    expect(withNamedPart(pattern, part)).toBe(issuer)
    expect(namesIssuer(['https://other.example', pattern], issuer)).toBe(true)
  })

  it.each([
    [TENANTS, 'https://login.example//v2.0'],
    [TENANTS, 'https://login.example/v2.0'],
    [TENANTS, 'https://login.example/a/b/v2.0'],
    [TENANTS, 'https://login.example/a/v2.0/'],
    [TENANTS, 'https://login.example/a/v1.0'],
    [TENANTS, 'https://evil.example/a/v2.0'],
    [TENANTS, 'https://login.example/../v2.0'],
    [TENANTS, 'https://login.example/.a/v2.0'],
    [TENANTS, 'https://login.example/a-/v2.0'],
    [TENANTS, 'https://login.example/a%2Fb/v2.0'],
    [TENANTS, 'https://login.example/a?b/v2.0'],
    [TENANTS, 'https://login.example/{tenantid}/v2.0'],
    [LAST, 'https://login.example/realms/'],
    [LAST, 'https://login.example/realms/main/'],
    [LAST, `https://login.example/realms/${'a'.repeat(129)}`],
    // Its two sides overlap: nothing stands between them.
    ['https://a.example/{t}/a.example/', 'https://a.example/'],
    ['https://a.example/{t}/', 'https://a.example/'],
    ['https://a.example/x/{t}/x/', 'https://a.example/x/'],
  ])('of %s is none in %s', (pattern, issuer) => {
    expect(namedPart(pattern, issuer)).toBeNull()
    expect(namesIssuer([pattern], issuer)).toBe(false)
  })
})

describe('an unverified iss', () => {
  it('is one of exact issuers only where it is the same text', () => {
    expect(namesIssuer(['a', 'b'], 'b')).toBe(true)
    for (const issuer of ['A', 'a ', 'ab', '', undefined, null, 7, ['a'], { a: 1 }])
      expect(namesIssuer(['a', 'b'], issuer)).toBe(false)
    expect(namesIssuer([], 'a')).toBe(false)
  })

  it('is any text where any issuer counts, and still must be a text', () => {
    for (const issuer of ['whatever', 'https://id.example/', '{', ''])
      expect(namesIssuer([ANY_ISSUER], issuer)).toBe(true)
    for (const issuer of [undefined, null, 7, ['a']]) expect(namesIssuer([ANY_ISSUER], issuer)).toBe(false)
  })
})

describe('two lists of issuers', () => {
  it.each<[string[], string[], boolean]>([
    [['a'], ['b', 'a'], true],
    [['a'], ['b'], false],
    [[], ['a'], false],
    [[ANY_ISSUER], ['a'], true],
    [[ANY_ISSUER], [TENANTS], true],
    [[ANY_ISSUER], [ANY_ISSUER], true],
    [[ANY_ISSUER], ['https://id.example/'], true],
    [['https://id.example/'], ['https://id.example/'], true],
    [[TENANTS], ['https://login.example/a/v2.0'], true],
    [[TENANTS], ['https://login.example/a/v1.0'], false],
    [[TENANTS], [TENANTS], true],
    [[TENANTS], ['https://login.example/{other}/v2.0'], true],
    [[TENANTS], ['https://login.example/{t}/b/v2.0'], true],
    [[TENANTS], ['https://login.example/a/{t}/v2.0'], true],
    [[TENANTS], ['https://login.example/{t}/v1.0'], false],
    [[TENANTS], ['https://elsewhere.example/{t}/v2.0'], false],
    [[TENANTS], [LAST], true],
    [['https://login.example/x/{t}/v2.0'], [LAST], false],
  ])('%j and %j may name one issuer: %s', (a, b, expected) => {
    expect(issuersMeet(a, b)).toBe(expected)
    expect(issuersMeet(b, a)).toBe(expected)
  })
})
