import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import { withCurrency } from '../../src/keys/key-set/currency.js'
import { createDualAuth, legacyJwt, type DualAuth } from '../../src/index.js'
import { andThen, isPending, promised } from '../../src/async/maybe-promise.js'
import { verifySignature } from '../../src/verify/jwt/verify-jwt.js'
import { readJwt, type UnverifiedJwt } from '../../src/route/jwt.js'
import { legacyOptions } from '../support/legacy.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'
import { legacyClaims, mint, OTHER_SECRET, SECRET } from '../support/tokens.js'

/** What is no `instanceof Promise`: zone.js replaces the global, another realm has its own, stubs are functions. */
const KINDS: Readonly<Record<string, <T>(value: T) => Promise<T>>> = {
  'a promise of another realm': (value) =>
    (runInNewContext('(value) => Promise.resolve(value)') as (value: unknown) => never)(value),
  'a query builder': (value) => thenable({}, value),
  'a stub of a remote procedure': (value) => thenable(() => {}, value),
}

function thenable(on: object, value: unknown): never {
  Reflect.set(on, 'then', (done: (value: unknown) => void) => done(value))
  return on as never
}

const claims = legacyClaims()
const verifier = (more: object = {}) => legacyJwt(legacyOptions(more))

describe.each(Object.entries(KINDS))('%s', (_kind, wrap) => {
  const token = () => bearer(mint({ claims: { ...claims, iat: seconds(-1), exp: seconds(600) } }))
  const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset
  const ask = (auth: DualAuth) => outcome(auth, token())

  it('is waited for', async () => {
    expect(isPending(wrap(1))).toBe(true)
    expect(await andThen(wrap(1), (one) => one + 1)).toBe(2)
    expect(await promised(wrap(1))).toBe(1)
  })

  it('that isRevoked, link and a schema return counts as what it becomes', async () => {
    expect(await ask(createDualAuth({ verifiers: [verifier({ isRevoked: () => wrap(false) })] }))).toMatch(/^200/)
    expect(await ask(createDualAuth({ verifiers: [verifier({ isRevoked: () => wrap(true) })] }))).toBe(
      '401 credential_revoked',
    )
    const link = () => wrap({ id: 'app-1' })
    expect(await ask(createDualAuth({ verifiers: [verifier()], link }))).toMatch(/^200 app-1/)
    const validate = () => wrap({ issues: [{ message: 'no' }] })
    const schema = { '~standard': { version: 1, vendor: 'test', validate } }
    expect(await ask(createDualAuth({ verifiers: [verifier({ schema })] }))).toBe('401 credential_invalid')
  })

  it('that a permission callback returns counts as what it becomes', async () => {
    const auth = createDualAuth({ verifiers: [verifier()] })
    const result = await auth.authenticate(token())
    if (!result.ok) throw result.error
    expect(await auth.authorize(result.principal, () => wrap(true))).toEqual({ ok: true })
    expect(await auth.authorize(result.principal, () => wrap(false))).toMatchObject({ ok: false })
  })

  it('is never a key or a good signature', async () => {
    const jwt = readJwt(mint({ key: OTHER_SECRET })) as UnverifiedJwt
    const key = { secret: new TextEncoder().encode(SECRET) }
    const keys = withCurrency({ find: () => wrap([key]), ready: async () => {}, close: () => {} })
    const forged = await Promise.resolve(verifySignature(jwt, ['HS256'], keys)).catch(() => 'thrown')
    expect(forged).not.toMatchObject({ outcome: 'genuine' })
  })

  it('that WebCrypto returns for a forged signature lets nobody in', async () => {
    const port = await import('../../src/crypto/web.js')
    const verify = vi.spyOn(globalThis.crypto.subtle, 'verify').mockReturnValue(wrap(false))
    try {
      const key = await port.importSecret(new TextEncoder().encode(SECRET), 'HS256')
      expect(await port.verify(mint({ key: OTHER_SECRET }), new Uint8Array(32), 'HS256', key)).toBe(false)
    } finally {
      verify.mockRestore()
    }
  })
})
