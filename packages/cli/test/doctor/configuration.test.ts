import { createHmac, randomBytes } from 'node:crypto'
import { createAuthJsIssuer, createBetterAuthIssuer, seal, signJwt, startKeySetServer } from '@dualauth/testing'
import { describe, expect, it } from 'vitest'
import { expectMend } from './support/ask.js'
import { createPractice, type Examination, type Patient } from './support/patient.js'

const SECRET = randomBytes(32).toString('hex')
const OTHER = randomBytes(32).toString('hex')
const LEGACY = `{ verifiers: [legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [secret],
  purpose: { claim: 'type', value: 'access' } })] }`
const values = { secret: SECRET }
const secrets = [SECRET, OTHER]

const practice = createPractice()
const examine = async (patient: Patient): Promise<Examination> =>
  practice.examine({ values, ...patient, secrets: [...secrets, ...(patient.secrets ?? [])] })

const seconds = (): number => Math.floor(Date.now() / 1000)
const token = (claims: Record<string, unknown>, key = SECRET): string =>
  signJwt({ algorithm: 'HS256', key, header: { alg: 'HS256' }, claims })
const good = (): Record<string, unknown> => ({ sub: 'u-7', type: 'access', iat: seconds(), exp: seconds() + 3600 })

describe('a configuration that construction refuses', () => {
  it.each([
    ['a secret that is too short', LEGACY, { secret: 'k7#pQ' }, 'secret_weak', '`secrets`'],
    [
      'a secret that stands in documentation',
      `{ verifiers: [betterAuth({ name: 'ba', secrets: [secret], sessions: 'stateless' })] }`,
      { secret: 'better-auth-secret-12345678901234567890' },
      'secret_documented',
      '`secrets`',
    ],
    [
      'a password of a sealed cookie that is too short',
      `{ verifiers: [core.workos({ name: 'workos', clientId: 'client_123', session: core.workosSession({ cookiePasswords: [secret] }) })] }`,
      { secret: 'k7#pQ' },
      'secret_weak',
      '`cookiePasswords`',
    ],
    ['an empty secret', LEGACY, { secret: '' }, 'secret_unfit', '`secrets`'],
    [
      'one secret of two verifiers',
      `{ verifiers: [legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [secret], purpose: 'only-access-tokens' }),
        betterAuth({ name: 'ba', secrets: [secret], sessions: () => null })] }`,
      values,
      'secret_shared',
      '`secrets`',
    ],
    [
      'an origin with a slash',
      `{ ...${LEGACY}, trustedOrigins: ['https://app.example.com/'] }`,
      values,
      'origin_matches_nobody',
      '`trustedOrigins`',
    ],
    ['an empty origin', `{ ...${LEGACY}, trustedOrigins: [''] }`, values, 'origin_matches_nobody', '`trustedOrigins`'],
    [
      'a wildcard that no origin can match',
      `{ ...${LEGACY}, trustedOrigins: ['https://app.*.example.com'] }`,
      values,
      'origin_matches_nobody',
      '`trustedOrigins`',
    ],
    [
      'tokens whose purpose is not told',
      `{ verifiers: [legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [secret] })] }`,
      values,
      'purpose_missing',
      '`purpose`',
    ],
    [
      'a weak secret whose time is over',
      LEGACY.replace('secrets:', "acceptWeakSecret: { until: '2024-01-01', reason: 'old' }, secrets:"),
      values,
      'acceptance_ended',
      '`until`',
    ],
    ['an unknown option', `{ ...${LEGACY}, trustedOrigin: [] }`, values, 'configuration_invalid', '`createDualAuth'],
  ])('finds %s', async (_, options, given, code, option) => {
    expectMend(
      await examine({ options, values: given, secrets: Object.values(given).filter((one) => one.length > 4) }),
      code,
      option,
    )
  })

  it('shows nothing of what a module throws', async () => {
    const found = await examine({ options: LEGACY, before: `throw new Error('${OTHER}')` })
    expectMend(found, 'module_failed', 'environment')
  })
})

describe('origins of the pages', () => {
  const cookies = `{ verifiers: [betterAuth({ name: 'ba', secrets: [secret], sessions: () => null })], trustedOrigins: [...trusted] }`
  const look = (trusted: readonly string[], ...origins: string[]) =>
    examine({ options: cookies, values: { secret: SECRET, trusted }, args: ['--origin', ...origins] })

  it('finds an entry that matches none of them, and one that is missing', async () => {
    const found = await look(['https://*.example.com'], 'https://example.com')
    expect(found.codes).toEqual(['origin_matches_nobody', 'origin_untrusted'])
    const [entry, origin] = found.findings.filter(({ severity }) => severity !== 'ok')
    expect(entry?.mend).toContain('`trustedOrigins`')
    expect(origin?.mend).toContain("'https://example.com'")
  })

  it('finds one without TLS beside others with it', async () => {
    const found = await look(
      ['https://app.example.com', 'http://app.example.com', 'http://localhost:3000', 'http://127.0.0.1:3000'],
      'https://app.example.com',
      'http://app.example.com',
      'http://localhost:3000',
      'http://127.0.0.1:3000',
    )
    expectMend(found, 'origin_insecure', '`trustedOrigins`')
  })
})

/** As express-session signs its id. */
const expressCookie = (name = 'connect.sid'): string => {
  const sid = randomBytes(24).toString('base64url')
  const mac = createHmac('sha256', SECRET).update(sid).digest('base64').replace(/=+$/, '')
  return `Cookie: ${name}=${encodeURIComponent(`s:${sid}.${mac}`)}`
}
const EXPRESS = `{ verifiers: [core.expressSession({ name: 'web', secrets: [secret], store: { get: (_, answer) => answer(null, null) } })] }`

describe('samples', () => {
  const refresh = (): string => token({ ...good(), type: 'refresh' })
  it.each<[name: string, options: string, sample: () => string, code: string, option: string]>([
    [
      'one that another secret signed',
      LEGACY,
      () => `Authorization: Bearer ${token(good(), OTHER)}`,
      'secret_mismatch',
      '`secrets`',
    ],
    [
      'one without an end',
      LEGACY,
      () => token({ sub: 'u-7', type: 'access', iat: seconds() }),
      'missing_exp',
      '`maxAgeSeconds`',
    ],
    [
      'dates in milliseconds',
      LEGACY,
      () => token({ ...good(), iat: Date.now(), exp: Date.now() + 3_600_000 }),
      'date_in_milliseconds',
      'Math.floor',
    ],
    ['a refresh token', LEGACY, refresh, 'purpose_mismatch', '`purpose`'],
    [
      'another audience',
      LEGACY.replace('purpose', "audience: 'api', purpose"),
      () => token({ ...good(), aud: 'web' }),
      'audience_mismatch',
      '`audience`',
    ],
    [
      'an issuer where none is expected',
      LEGACY,
      () => token({ ...good(), iss: 'https://issuer.example.com' }),
      'issuer_unknown',
      '`issuer`',
    ],
    [
      'no issuer where one is expected',
      LEGACY.replace('purpose', "issuer: 'https://issuer.example.com', purpose"),
      () => token(good()),
      'issuer_missing',
      '`issuer`',
    ],
    [
      'another algorithm',
      LEGACY.replace("['HS256']", "['HS512']").replace('secrets: [secret]', 'secrets: [secret + secret]'),
      () => token(good()),
      'algorithm_mismatch',
      '`algorithms`',
    ],
    ['another scheme', LEGACY, () => `Authorization: Token ${token(good())}`, 'sample_carrier', '`carriers`'],
    [
      'a token in a header of its own',
      LEGACY,
      () => `X-Access-Token: ${token(good())}`,
      'sample_carrier',
      '`carriers`',
    ],
    [
      'a subject under another name',
      LEGACY,
      () => token({ ...good(), sub: undefined, userId: 'u-7' }),
      'claim_unreadable',
      '`claims`',
    ],
    [
      'one that has ended',
      LEGACY,
      () => token({ ...good(), iat: seconds() - 3600, exp: seconds() - 60 }),
      'sample_expired',
      'fresh',
    ],
    [
      'somebody without an account',
      `{ ...${LEGACY}, link: () => null }`,
      () => token(good()),
      'identity_unlinked',
      'link',
    ],
    [
      'a bearer where only a cookie is read',
      LEGACY.replace('purpose', "carriers: [{ cookie: 'token' }], purpose"),
      () => token(good()),
      'sample_carrier',
      "`'bearer'`",
    ],
    [
      'no audience where one is expected',
      LEGACY.replace('purpose', "audience: 'api', purpose"),
      () => token(good()),
      'audience_mismatch',
      'Leave `audience`',
    ],
    ['a session of another store of Express', EXPRESS, () => expressCookie(), 'session_unknown', '`store`'],
    [
      'a session of Express under another name',
      EXPRESS.replace('store:', "cookie: 'sid', store:"),
      () => expressCookie(),
      'cookie_prefix',
      '`cookie` of web',
    ],
    [
      'a session of nobody',
      `{ verifiers: [core.sessions({ name: 'web', carriers: [{ cookie: 'sid' }], find: () => ({ userId: null }) })] }`,
      () => `Cookie: sid=${randomBytes(24).toString('base64url')}`,
      'session_of_nobody',
      '`subject`',
    ],
    [
      'a session of express-session that nobody has signed in to',
      EXPRESS.replace('answer(null, null)', 'answer(null, { cookie: {} })'),
      () => expressCookie(),
      'session_of_nobody',
      '`subject`',
    ],
    ['what nobody owns', LEGACY, () => `X-Api-Key: sk_live_${OTHER}`, 'sample_unowned', '`carriers`'],
  ])('finds %s', async (_, options, sample, code, option) => {
    expectMend(await examine({ options, samples: ['# a comment', sample()] }), code, option)
  })

  it('does not say of a single secret that it signed what it did not', async () => {
    const found = await examine({ options: LEGACY, samples: [token(good(), OTHER)] })
    expect(expectMend(found, 'secret_mismatch', '`secrets`').seen).toContain('its secret has not signed it')
  })

  it.each([
    ['of NextAuth 4 where Auth.js 5 is expected', '', 4, '`version: 4`'],
    ['of another name', "cookie: 'session-token', ", 5, '`cookie` of old'],
    ['of another mark', "cookie: '__Secure-authjs.session-token', ", 5, '`cookie` of old'],
  ] as const)('finds a session of Auth.js %s', async (_, options, version, option) => {
    const issuer = createAuthJsIssuer({ secret: SECRET, version })
    const sample = `Cookie: ${issuer.sessionCookie(issuer.token({ sub: 'u-7' }))}`
    const found = await examine({
      options: `{ verifiers: [core.authJs({ ${options}name: 'old', secrets: [secret] })] }`,
      samples: [sample],
    })
    expectMend(found, options.includes('__Secure-') ? 'cookie_mark' : 'cookie_prefix', option)
  })

  it('finds a session of Auth.js of another secret', async () => {
    const issuer = createAuthJsIssuer({ secret: OTHER })
    const sample = `Cookie: ${issuer.sessionCookie(issuer.token({ sub: 'u-7' }))}`
    const options = `{ verifiers: [core.authJs({ name: 'old', secrets: [secret] })] }`
    expectMend(await examine({ options, samples: [sample] }), 'secret_mismatch', '`AUTH_SECRET`')
  })

  it('finds a weak secret of Express whose time ends soon', async () => {
    const until = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10)
    const options = EXPRESS.replace('store:', `acceptWeakSecret: { until: '${until}', reason: 'old' }, store:`)
    expectMend(await examine({ options }), 'acceptance_ending', 'new secret')
  })

  it('finds a sealed cookie of another password', async () => {
    const issuer = await startKeySetServer()
    const options = `{ verifiers: [core.workos({ name: 'workos', clientId: 'client_123', apiUrl: url,
      session: core.workosSession({ cookiePasswords: [secret] }) })] }`
    const sample = `Cookie: wos-session=${seal({ accessToken: 'a.b.c', user: {} }, { password: OTHER })}`
    const found = await examine({ options, values: { secret: SECRET, url: issuer.origin }, samples: [sample] })
    await issuer.close()
    expectMend(found, 'secret_mismatch', '`cookiePasswords`')
  })

  it('finds cookies by another mark or prefix', async () => {
    const options = `{ verifiers: [betterAuth({ name: 'ba', secrets: [secret], sessions: () => null, cookies: { secure: true } })] }`
    for (const [cookiePrefix, secure, code, option] of [
      ['better-auth', false, 'cookie_mark', '`cookies.secure`'],
      ['shop', true, 'cookie_prefix', '`cookies: { prefix }`'],
    ] as const) {
      const issuer = createBetterAuthIssuer({ secret: SECRET, cookiePrefix, secure })
      const cookie = issuer.sessionCookie(issuer.session().token)
      expectMend(await examine({ options, samples: [`Cookie: ${cookie}`] }), code, option)
    }
  })

  it('says which secret signed it, and when it ends', async () => {
    const options = LEGACY.replace('[secret]', '[other, secret]')
    const found = await examine({ options, values: { secret: SECRET, other: OTHER }, samples: [token(good())] })
    expect(found).toMatchObject({ code: 0, codes: [] })
    expect(found.out).toMatch(/sample 1, legacy: .*signed by secrets\[1\]; it ends in 60 min/)
  })
})
