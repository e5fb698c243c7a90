import { describe, expect, it } from 'vitest'
import type { Verifier } from '../../src/index.js'
import { createCanonical } from '../../src/route/canonical.js'
import { onlyIn, type Carriage } from '../../src/route/carriers.js'
import { createCredentialReader, withoutScheme } from '../../src/route/copied-credential.js'
import { signedPartOf } from '../../src/route/jwt.js'
import { carrierPlan } from '../../src/route/router.js'
import type { Shape } from '../../src/route/shape.js'
import { wrongOption } from '../support/outcome.js'
import { mint, segment } from '../support/tokens.js'

const verifier = (name: string, shapes: readonly Shape[], more: Partial<Verifier> = {}): Verifier => ({
  name,
  shapes,
  open: () => ({ verify: () => ({ outcome: 'not-mine' }), ready: async () => {}, close: () => {} }),
  ...more,
})
const prefixed = (prefix: string, carriage: Carriage): Shape => ({
  kind: 'prefix',
  carriage,
  prefix,
  minLength: 0,
  maxLength: Number.POSITIVE_INFINITY,
})

describe('a credential as somebody copied it', () => {
  const verifiers = [
    verifier('bearer', [prefixed('b_', { ...onlyIn({}), bearer: true })]),
    verifier('scheme', [prefixed('t_', { ...onlyIn({}), schemes: ['Token'] })]),
    verifier('bare', [prefixed('n_', { ...onlyIn({}), schemes: [''] })]),
    verifier('header', [prefixed('h_', onlyIn({ headers: ['x-api-key'] }))]),
    verifier('cookie', [
      { kind: 'cookie', carriage: onlyIn({ cookies: ['session', 'other'] }), chunked: true },
      prefixed('c_', onlyIn({ cookies: ['tokens'] })),
    ]),
  ]
  const read = (copied: string, some = verifiers) => createCredentialReader(some, carrierPlan(some, 8192, null))(copied)
  const without = (name: string) => verifiers.filter((one) => one.name !== name && one.name !== 'cookie')

  it.each([
    ['b_1', 'b_1'],
    [' b_1\n', 'b_1'],
    ['Bearer b_1', 'b_1'],
    ['bearer   b_1', 'b_1'],
    ['Token t_1', 't_1'],
    ['token t_1', 't_1'],
    ['t_1', 't_1'],
    ['n_1', 'n_1'],
    ['h_1', 'h_1'],
    ['tokens=c_1', 'c_1'],
    ['session=a', 'a'],
    ['session="a"', 'a'],
    ['theme=dark; session=a; lang=en', 'a'],
    ['session.0=a; session.1=b', 'ab'],
  ])('%j is read as %j', (copied, value) => {
    expect(read(copied)).toBe(value)
  })

  it.each([
    ['bearer', 'b_1'],
    ['scheme', 't_1'],
    ['bare', 'n_1'],
    ['header', 'h_1'],
  ])('is taken by the %s that it may travel in, and refused where none takes it', (name, copied) => {
    expect(wrongOption(() => read(copied, without(name)))).toBe('revoke.credential')
    expect(read(copied, without('nobody'))).toBe(copied)
  })

  it.each(['', 'x_1', 'Basic b_1', 'Bearer x_1', 'Token'])('is refused where no verifier takes it: %j', (copied) => {
    expect(wrongOption(() => read(copied, without('nobody')))).toBe('revoke.credential')
  })

  it.each(['session=a; session=b', 'session=a; other=b', 'session.0=a; other=b'])(
    'is one at a time, and not several: %j',
    (copied) => {
      expect(wrongOption(() => read(copied))).toBe('revoke.credential')
    },
  )
})

describe('a token behind its scheme', () => {
  const schemes = new Map([['token', 'Token']])

  it.each([
    ['Bearer a.b.c', 'a.b.c'],
    ['bEARER  a b', 'a b'],
    ['Token a', 'a'],
    ['TOKEN a\nb', 'a\nb'],
    ['Basic a', 'Basic a'],
    ['xBearer a', 'xBearer a'],
    ['Bearerx a', 'Bearerx a'],
    ['Bearer', 'Bearer'],
    ['a', 'a'],
    ['x Bearer a', 'x Bearer a'],
  ])('%j is %j', (copied, token) => {
    expect(withoutScheme(copied, schemes)).toBe(token)
  })

  it('is left alone where no verifier names the scheme', () => {
    expect(withoutScheme('Token a')).toBe('Token a')
    expect(withoutScheme('Bearer a')).toBe('a')
  })
})

describe('what the signature of a JWT signs', () => {
  const [header, claims] = [segment({ alg: 'HS256' }), segment({ sub: 'a' })]
  const signed = `${header}.${claims}`

  it.each([`${signed}.AAAA`, `${signed}.other-_`, `${signed}.AA==`, `${header}=.${claims}==.AAAA`])(
    'is the same for each spelling of the rest: %j',
    (token) => {
      expect(signedPartOf(token)).toBe(signed)
    },
  )

  it.each([
    signed,
    `${signed}.`,
    `${header}..AAAA`,
    `.${claims}.AAAA`,
    `${signed}.AAAA.AAAA`,
    `x ${signed}.AAAA`,
    `${signed}.AAAA x`,
    `${signed}.AA+A`,
    `a.b.c`,
    `${segment({ alg: 'none' })}.${claims}.AAAA`,
    `${segment([])}.${claims}.AAAA`,
  ])('is nothing in what is no JWT: %j', (token) => {
    expect(signedPartOf(token)).toBeNull()
  })
})

describe('the one spelling of a credential', () => {
  it('is what each verifier makes of it, one after another', () => {
    const canonical = createCanonical([
      verifier('a', [], { canonical: (text) => text.replace(/~\d$/, '') }),
      verifier('b', []),
      verifier('c', [], { canonical: (text) => `${text}!` }),
    ])
    expect(canonical('seal~2')).toBe('seal!')
  })

  it('is decoded, and of a JWT what is signed', () => {
    const canonical = createCanonical([])
    expect(canonical('a%2Fb')).toBe('a/b')
    expect(canonical('a%')).toBe('a%')
    const token = mint()
    expect(canonical(token)).toBe(token.slice(0, token.lastIndexOf('.')))
    expect(canonical(token.replaceAll('.', '%2E'))).toBe(canonical(token))
  })
})
