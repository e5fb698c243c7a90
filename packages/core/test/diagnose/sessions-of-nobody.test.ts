import { createHmac, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createDualAuth, expressSession, sessions, type ExplainInput, type Verifier } from '../../src/index.js'
import { outcome } from '../support/outcome.js'
import { cookies } from '../support/requests.js'

const SECRET = randomBytes(32).toString('hex')
const SID = randomBytes(24).toString('base64url')
const signed = (): string => {
  const mac = createHmac('sha256', SECRET).update(SID).digest('base64').replace(/=+$/, '')
  return encodeURIComponent(`s:${SID}.${mac}`)
}
const express = (session: object, more: Partial<Parameters<typeof expressSession>[0]> = {}): Verifier =>
  expressSession({ name: 'web', secrets: [SECRET], store: { get: (_, callback) => callback(null, session) }, ...more })

describe('a session that nobody has signed in to', () => {
  const cart = { cookie: { originalMaxAge: null }, cart: ['private-item'] }
  it.each<[string, Verifier, readonly [name: string, value: string]]>([
    ['of express-session', express(cart), ['connect.sid', signed()]],
    ['of express-session, by `subject`', express(cart, { subject: () => undefined }), ['connect.sid', signed()]],
    [
      'of a store of the app',
      sessions({ name: 'web', carriers: [{ cookie: 'sid' }], find: () => ({ userId: null, claims: cart }) }),
      ['sid', SID],
    ],
  ])('%s is diagnosed as known, and as no credential', async (_name, verifier, [name, value]) => {
    const auth = createDualAuth({ verifiers: [verifier] })
    expect(await outcome(auth, cookies([name, value]))).toBe('401 credential_missing')
    const input: ExplainInput = { cookie: name, value }
    const diagnosis = await auth.diagnose(input)
    expect(diagnosis).toMatchObject({
      accepted: false,
      code: 'credential_missing',
      reason: 'anonymous',
      verifier: 'web',
    })
    const { step, ok, findings } = diagnosis.steps.at(-1)!
    expect([step, ok]).toEqual(['verify', false])
    expect(findings.join('; ')).toMatch(/^web knows this session, and nobody has signed in to it/)
    expect(findings.join('; ')).toMatch(/no credential.*optionalAuth.*in another place/)
    expect(JSON.stringify(diagnosis)).not.toMatch(new RegExp(`private-item|${SID}`))
  })
})
