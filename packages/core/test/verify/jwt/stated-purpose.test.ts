import { describe, expect, it } from 'vitest'
import { judged, legacyAuth } from '../../support/legacy.js'
import { bearer } from '../../support/requests.js'
import { legacyClaims, mint } from '../../support/tokens.js'

const OK = '200 legacy-7 by legacy'
const INVALID = '401 credential_invalid'
const only = (claims: Record<string, unknown>, options: object = {}) =>
  judged({ type: undefined, ...claims }, { purpose: 'only-access-tokens', ...options })

const CLAIMS = [
  'type',
  'typ',
  'token_type',
  'tokenType',
  'use',
  'token_use',
  'kind',
  'purpose',
  'usage',
  'token-purpose',
]
const OTHERS = [
  'refresh',
  'REFRESH_TOKEN',
  'refreshToken',
  'refreshtoken',
  'reset',
  'password_reset',
  'reset-password',
  'resetPassword',
  'verify',
  'verify-email',
  'emailVerification',
  'email_confirmation',
  'magic-link',
  'magiclink',
  'invite',
  'team invitation',
  'logout',
  'log-out',
  'activation',
  'mfa_pending',
  '2fa',
  'unsubscribe',
]

describe('a token that says of itself that it is no access token', () => {
  it.each(CLAIMS)('is refused although its key signs nothing else: by %s', async (claim) => {
    for (const value of [...OTHERS, 'id', 'ID', 'id_token', 'email', 'Offline', ['refresh']])
      expect([value, await only({ [claim]: value })]).toEqual([value, INVALID])
  })

  it.each(['scope', 'scopes', 'scp'])('is refused where that is all its scope: %s', async (claim) => {
    for (const value of [...OTHERS.filter((other) => !other.includes(' ')), ['refresh'], 'refresh, reset'])
      expect([value, await only({ [claim]: value })]).toEqual([value, INVALID])
  })

  it('is refused by its audience where none is asked for', async () => {
    for (const aud of ['app:reset', ['app:verify'], 'refresh']) expect(await only({ aud })).toBe(INVALID)
    expect(await only({ aud: 'refresh' }, { audience: 'refresh' })).toBe(OK)
  })

  it('is refused with the claim in the event, and never its value', async () => {
    const auth = legacyAuth({ purpose: 'only-access-tokens' })
    const result = await auth.authenticate(bearer(mint({ claims: legacyClaims({ type: 'refresh' }) })))
    expect(result).toMatchObject({ ok: false, reason: 'purpose', claim: 'type' })
  })
})

describe('an ordinary token', () => {
  it.each(CLAIMS.filter((claim) => claim !== 'token_use'))('is let in whatever else it says in %s', async (claim) => {
    const ordinary = [
      'access',
      'access_token',
      'Bearer',
      'auth',
      'session',
      'api',
      'user',
      'account',
      'admin',
      'member',
    ]
    for (const value of [
      ...ordinary,
      'email-user',
      'verified',
      'invited',
      'team',
      'refreshed_session',
      '',
      7,
      true,
      null,
      {},
    ])
      expect([value, await only({ [claim]: value })]).toEqual([value, OK])
  })

  it.each([
    'read write',
    'openid profile email offline_access',
    'email',
    'reset read',
    'users:verify',
    'invites.read',
    'tokens:refresh',
    '',
    [],
    ['invite', 'read'],
  ])('is let in with the scope %j', async (scope) => {
    for (const claim of ['scope', 'scopes', 'scp']) expect(await only({ [claim]: scope })).toBe(OK)
  })

  it.each(['https://verify.example.com', 'invite.example.com', 'api', 'app:auth', 'things-api'])(
    'is let in for the audience %s',
    async (aud) => {
      expect(await only({ aud })).toBe(OK)
    },
  )

  it('is judged by the claim that the app names, and by no other', async () => {
    expect(await judged({ type: 'access', kind: 'invite' })).toBe(OK)
    expect(await judged({ type: 'reset' }, { purpose: { claim: 'type', value: 'reset' } })).toBe(OK)
  })

  it('is read in time that does not grow with what it says', async () => {
    expect(await only({ type: 'magiclink'.repeat(500) })).toBe(OK)
  })
})
