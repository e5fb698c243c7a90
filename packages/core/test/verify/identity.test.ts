import { expect, it } from 'vitest'
import { identityOf } from '../../src/verify/identity.js'

it('an identity that states no more than it must grants nothing and never ends', () => {
  expect(identityOf({ issuer: 'i', subject: 's', claims: { a: 1 } })).toEqual({
    issuer: 'i',
    subject: 's',
    kind: 'user',
    claims: { a: 1 },
    organization: null,
    roles: [],
    permissions: [],
    scopes: null,
    sessionId: null,
    signInBegunAt: null,
    keyId: null,
    email: null,
    expiresAt: null,
    issuedAt: null,
    impersonator: null,
    secretIndex: null,
  })
})

it('an identity that states no scopes is not one whose scopes allow nothing', () => {
  const stated = { issuer: 'i', subject: 's', claims: {} }
  expect(identityOf(stated).scopes).toBeNull()
  expect(identityOf({ ...stated, scopes: [] }).scopes).toEqual([])
})
