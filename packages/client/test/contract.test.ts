import { AuthError, type ErrorCode, type MigrationStatus, type Principal } from '@dualauth/core'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { mendedBy } from '../src/answers.js'
import type { Me, Migration } from '../src/index.js'

describe('what the client expects of a server', () => {
  it('is a migration as the endpoint answers it', () => {
    expectTypeOf<Migration>().toEqualTypeOf<MigrationStatus>()
  })

  it('is a principal as the endpoint answers it', () => {
    expectTypeOf<Omit<Me, 'permissions'>>().toEqualTypeOf<Pick<Principal, keyof Omit<Me, 'permissions'>>>()
  })

  it.each<[ErrorCode, string]>([
    ['credential_expired', 'refresh'],
    ['credential_revoked', 'refresh'],
    ['credential_invalid', 'refresh'],
    ['legacy_retired', 'exchange'],
  ])('is a 401 that may be mended: %s by %s', (code, kind) => {
    expect([new AuthError(code).status, mendedBy(code)]).toEqual([401, kind])
  })
})
