import { describe, expect, it } from 'vitest'
import { dualAuth, requirePermission } from '../src/index.js'

describe('a mistake says what to write instead', () => {
  const wrong = (message: RegExp): object =>
    expect.objectContaining({ code: 'configuration_invalid', message: expect.stringMatching(message) as string })

  it('dualAuth without an instance', () => {
    expect(() => dualAuth({} as never)).toThrow(wrong(/^dualAuth\.auth: .* write app\.use\(dualAuth\(auth\)\)$/))
  })

  it('a requirement that nobody could fail', () => {
    expect(() => requirePermission({ any: [] })).toThrow(wrong(/^requirePermission: /))
  })
})
