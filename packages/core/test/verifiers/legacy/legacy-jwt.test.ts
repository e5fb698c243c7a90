import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { seconds } from '../../support/clock.js'
import { judged, legacyAuth, reasonOf } from '../../support/legacy.js'
import { outcome } from '../../support/outcome.js'
import { bearer, cookies, request } from '../../support/requests.js'
import { UNREADABLE_IDS } from '../../support/unreadable.js'
import { legacyClaims, mint, OTHER_SECRET, SECRET } from '../../support/tokens.js'

const OK = '200 legacy-7 by legacy'
const INVALID = '401 credential_invalid'

async function principalOf(claims: Record<string, unknown>, options: Parameters<typeof legacyAuth>[0] = {}) {
  const result = await legacyAuth(options).authenticate(bearer(mint({ claims: legacyClaims(claims) })))
  if (!result.ok) throw result.error
  return result.principal
}

describe('purpose', () => {
  it('tells an access token from a refresh token by a claim', async () => {
    expect(await judged({ type: 'access' })).toBe(OK)
    for (const type of ['refresh', 'reset', undefined, null, ['access'], 'Access', true])
      expect(await judged({ type })).toBe(INVALID)
    expect(await reasonOf({ type: 'refresh' })).toBe('purpose')
  })

  it('takes one of several values', async () => {
    const purpose = { claim: 'type', value: ['access', 'api'] }
    expect(await judged({ type: 'api' }, { purpose })).toBe(OK)
    expect(await judged({ type: 'refresh' }, { purpose })).toBe(INVALID)
  })

  it('tells it by the header typ', async () => {
    const options = { purpose: { header: 'typ', value: 'at+jwt' } } as const
    expect(await judged({}, options, { header: { alg: 'HS256', typ: 'at+jwt' } })).toBe(OK)
    expect(await judged({}, options, { header: { alg: 'HS256', typ: 'JWT' } })).toBe(INVALID)
    expect(await judged({}, options, { header: { alg: 'HS256' } })).toBe(INVALID)
  })

  it('is not asked where the key signs nothing but access tokens', async () => {
    for (const type of [undefined, 'access', 'whatever'])
      expect(await judged({ type }, { purpose: 'only-access-tokens' })).toBe(OK)
  })
})

describe('the subject', () => {
  it('is a text, or a safe integer', async () => {
    expect(await judged({ userId: 42 })).toBe('200 42 by legacy')
    for (const userId of [undefined, null, '', 1.5, 2 ** 53, NaN, [], {}, true, 'a\u0000b', 'a\nb', 'x'.repeat(256)])
      expect(await judged({ userId })).toBe(INVALID)
  })

  it('stands in sub', async () => {
    expect(await judged({ sub: 'x' }, { claims: {} })).toBe('200 x by legacy')
    for (const sub of [['x'], { id: 'x' }]) expect(await judged({ sub }, { claims: {} })).toBe(INVALID)
  })

  it('is an own member of the claims', async () => {
    expect(await judged({}, { claims: { subject: 'constructor' } })).toBe(INVALID)
  })
})

describe('mapped claims', () => {
  it('become roles, permissions, organization and session of the principal', async () => {
    const claims = { roles: ['a', 'b'], permissions: 'x:y  x:z', org: 'o-1', sid: 's-1', iss: undefined }
    expect(await principalOf(claims, { claims: { subject: 'userId', organization: 'org' } })).toMatchObject({
      issuer: 'legacy',
      kind: 'user',
      roles: ['a', 'b'],
      permissions: ['x:y', 'x:z'],
      organization: 'o-1',
      sessionId: 's-1',
      expiresAt: seconds(900),
      impersonator: null,
    })
  })

  it('go by other names', async () => {
    const names = { subject: 'userId', roles: 'role', permissions: 'scope', sessionId: 'session', email: 'mail' }
    const claims = { role: 'admin', scope: ['x:y'], session: 's-2', roles: ['no'], permissions: ['no:no'] }
    expect(await principalOf(claims, { claims: names })).toMatchObject({
      roles: ['admin'],
      permissions: ['x:y'],
      sessionId: 's-2',
    })
  })

  it.each([
    [{ act: { sub: 'adm' } }, 'adm'],
    [{ act: {} }, 'unknown'],
    [{ act: 'adm' }, 'unknown'],
    [{ by: 'adm' }, 'adm'],
    [{ by: 7 }, '7'],
    [{ by: true }, 'unknown'],
    [{ by: { id: 'adm' } }, 'unknown'],
    [{ by: '', act: { sub: 'adm' } }, 'adm'],
    [{ by: null }, null],
    [{ by: false }, null],
    [{}, null],
  ])('say who acts in the place of the person: %j', async (claims, impersonator) => {
    const names = { subject: 'userId', impersonator: 'by' }
    expect(await principalOf(claims, { claims: names })).toMatchObject({ impersonator })
  })

  it.each([1, {}, { length: 1, 0: 'admin' }, ['admin', 1], [['admin']], null, true])(
    'of an unknown shape grant nothing: %j',
    async (value) => {
      const principal = await principalOf({ roles: value, permissions: value, sid: value })
      expect(principal).toMatchObject({ roles: [], permissions: [], organization: null })
    },
  )

  it.each(UNREADABLE_IDS)('that name the organization as %j are refused', async (org) => {
    const options = { claims: { subject: 'userId', organization: 'org' } }
    expect(await judged({ org, roles: ['admin'] }, options)).toBe(INVALID)
    expect(await reasonOf({ org }, options)).toBe('claims')
    expect(await principalOf({ org: null }, options)).toMatchObject({ organization: null })
  })

  it('may be read otherwise by a function, where an empty text means none', async () => {
    const organization = (claims: { readonly org?: unknown }) => (claims.org === '' ? null : claims.org)
    const options = { claims: { subject: 'userId', organization } }
    expect(await principalOf({ org: '' }, options)).toMatchObject({ organization: null })
    expect(await principalOf({ org: 'acme' }, options)).toMatchObject({ organization: 'acme' })
    expect(await judged({ org: ['acme'] }, options)).toBe(INVALID)
  })

  it('bear the issuer where the token names one', async () => {
    expect(await principalOf({ iss: 'https://a.example' }, { issuer: 'https://a.example' })).toMatchObject({
      issuer: 'https://a.example',
    })
  })
})

describe('a schema of the claims', () => {
  const schema = z.object({ userId: z.string(), plan: z.enum(['free', 'pro']).default('free') })

  it('gives the principal its output', async () => {
    const principal = await principalOf({}, { schema: schema as never })
    expect(principal.claims).toEqual({ userId: 'legacy-7', plan: 'free' })
    expect(Object.isFrozen(principal.claims)).toBe(true)
  })

  it('rejects what does not fit', async () => {
    expect(await judged({ plan: 'gold' }, { schema: schema as never })).toBe(INVALID)
    expect(await reasonOf({ plan: 'gold' }, { schema: schema as never })).toBe('schema')
  })

  it('may be asynchronous, and one that throws cannot tell', async () => {
    const later = schema.refine(async () => true)
    expect(await judged({}, { schema: later as never })).toBe(OK)
    const broken = schema.refine(() => {
      throw new Error('a bug')
    })
    expect(await judged({}, { schema: broken as never })).toBe('503 verifier_unavailable')
  })

  it('may make values that cannot be frozen, or that refer to themselves', async () => {
    const binary = schema.transform((claims) => ({ ...claims, bytes: new Uint8Array(2) }))
    expect(await judged({}, { schema: binary as never })).toBe(OK)
    const cyclic = schema.transform((claims) => {
      const self: Record<string, unknown> = { ...claims }
      self['self'] = self
      return self
    })
    expect(await judged({}, { schema: cyclic as never })).toBe(OK)
  })
})

describe('isRevoked', () => {
  it('is asked with the identity, on every request', async () => {
    const asked: unknown[] = []
    const auth = legacyAuth({
      isRevoked: ((identity: { sessionId: string }) => asked.push(identity.sessionId) > 1) as never,
    })
    const sent = bearer(mint({ claims: legacyClaims({ sid: 's-1' }) }))
    expect(await outcome(auth, sent)).toBe(OK)
    expect(await outcome(auth, sent)).toBe('401 credential_revoked')
    expect(asked).toEqual(['s-1', 's-1'])
  })

  it('that throws or rejects cannot tell: 503', async () => {
    const down = () => {
      throw new Error('down')
    }
    expect(await judged({}, { isRevoked: down })).toBe('503 verifier_unavailable')
    expect(await judged({}, { isRevoked: () => Promise.reject(new Error('down')) })).toBe('503 verifier_unavailable')
  })

  it('is not asked about a forged token', async () => {
    const isRevoked = () => {
      throw new Error('asked')
    }
    expect(await judged({}, { isRevoked }, { key: OTHER_SECRET })).toBe(INVALID)
  })
})

describe('carriers', () => {
  const options = { carriers: [{ cookie: 'token' }, { header: 'X-Auth-Token' }] } as const

  it('are those configured and no others', async () => {
    const auth = legacyAuth(options)
    expect(await outcome(auth, cookies(['token', mint()]))).toBe(OK)
    expect(await outcome(auth, request({ 'x-auth-token': mint() }))).toBe(OK)
    expect(await outcome(auth, bearer(mint()))).toBe('401 credential_missing')
    expect(await outcome(auth, cookies(['Token', mint()]))).toBe('401 credential_missing')
  })
})

describe('secrets', () => {
  it('are a list: the principal shows which one signed', async () => {
    const secrets = [OTHER_SECRET, SECRET]
    expect(await principalOf({}, { secrets })).toMatchObject({ secretIndex: 1 })
    expect(await judged({}, { secrets: [OTHER_SECRET] })).toBe(INVALID)
  })

  it('may be bytes, and a kid is not consulted', async () => {
    const secrets = [new TextEncoder().encode(SECRET)]
    expect(await judged({}, { secrets }, { header: { alg: 'HS256', kid: '../../dev/null' } })).toBe(OK)
  })

  it('are copied: a caller that changes its bytes changes nothing', async () => {
    const bytes = new TextEncoder().encode(SECRET)
    const auth = legacyAuth({ secrets: [bytes] })
    bytes.fill(0)
    expect(await outcome(auth, bearer(mint()))).toBe(OK)
  })

  it('that are weak work only when the app says so, and warn at every start', async () => {
    const events: unknown[] = []
    const acceptWeakSecret = { until: '2999-01-01', reason: 'inherited' }
    const auth = legacyAuth({ secrets: ['short'], acceptWeakSecret }, (event) => void events.push(event))
    expect(events).toEqual([expect.objectContaining({ type: 'weak_secret', verifier: 'legacy', ...acceptWeakSecret })])
    expect(await outcome(auth, bearer(mint({ key: 'short' })))).toBe(OK)
    expect(await outcome(auth, bearer(mint({ key: 'shorT' })))).toBe(INVALID)
  })
})
