import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  apiKeys,
  createApiKey,
  createDualAuth,
  legacyJwt,
  memoryApiKeys,
  remote,
  remoteFetch,
  serveRemote,
  serveRemoteFetch,
  type AuthRequest,
  type DualAuth,
  type DualAuthOptions,
  type RemoteCredential,
  type ValidateRemote,
} from '../../../src/index.js'
import { createClock } from '../../support/clock.js'
import { legacyOptions } from '../../support/legacy.js'
import { legacyClaims, mint } from '../../support/tokens.js'

const SECRET = randomBytes(32).toString('base64url')
const clock = createClock()
const token = mint({ claims: legacyClaims({ sub: 'ada' }) })
const MEMBERSHIPS = [
  { organization: 'acme', roles: ['editor'] },
  { organization: 'globex', permissions: ['reports:*'] },
]

/** `none` acts for none, a missing header leaves what `link` said. */
const fromHeader: DualAuthOptions['organization'] = (request) => {
  const named = request.header('x-organization')
  return named === 'none' ? null : (named ?? undefined)
}

function service(more: Partial<DualAuthOptions> = {}): DualAuth {
  return createDualAuth({
    verifiers: [legacyJwt(legacyOptions())],
    link: () => ({ id: 'ada', organization: 'acme', memberships: MEMBERSHIPS }),
    organization: fromHeader,
    access: { roles: { editor: ['things:write'] } },
    now: clock.now,
    ...more,
  } as DualAuthOptions)
}

function api(validate: ValidateRemote, more: Partial<DualAuthOptions> = {}, memberships?: boolean): DualAuth {
  return createDualAuth({
    verifiers: [
      remote({
        name: 'service',
        credentials: [{ jwtIssuer: null }, { header: 'x-api-key' }],
        validate,
        ...(memberships !== undefined && { memberships }),
      }),
    ],
    organization: fromHeader,
    access: { roles: { editor: ['things:write'] } },
    now: clock.now,
    ...more,
  } as DualAuthOptions)
}

function overFetch(auth: DualAuth): ValidateRemote {
  const handle = serveRemoteFetch(auth, { secrets: [SECRET] })
  const fetch = (input: string, init: RequestInit) => handle(new Request(input, init))
  return remoteFetch({ url: 'https://service.internal/', secret: SECRET, fetch })
}

function naming(organization?: string, credential: Record<string, string> = { authorization: `Bearer ${token}` }) {
  return {
    method: 'GET',
    headers: { ...credential, ...(organization !== undefined && { 'x-organization': organization }) },
  }
}

async function seen(auth: DualAuth, request: AuthRequest) {
  const result = await auth.authenticate(request)
  if (!result.ok) return `${result.error.status} ${result.error.code}`
  const { id, organization, roles } = result.principal
  const asked = ['things:write', 'reports:read'].map((permission) => auth.can(result.principal, permission))
  return { id, organization, roles, may: await Promise.all(asked) }
}

describe.each<[string, (auth: DualAuth) => ValidateRemote]>([
  ['over RPC', serveRemote],
  ['over fetch', overFetch],
  ['through a service that asks another', (auth) => serveRemote(api(serveRemote(auth)))],
  [
    'through one that names none itself',
    (auth) => serveRemote(api(serveRemote(auth), { organization: () => undefined })),
  ],
])('the organization that a request names, %s', (_, ask) => {
  it.each([
    ['acme', { id: 'ada', organization: 'acme', roles: ['editor'], may: [true, false] }],
    ['globex', { id: 'ada', organization: 'globex', roles: [], may: [false, true] }],
    ['none', { id: 'ada', organization: null, roles: [], may: [false, false] }],
    [undefined, { id: 'ada', organization: 'acme', roles: ['editor'], may: [true, false] }],
    ['initech', '403 organization_mismatch'],
    ['', '403 organization_mismatch'],
    ['x'.repeat(5000), '403 organization_mismatch'],
  ])('is acted for as it is at the service: %s', async (organization, expected) => {
    const judging = service()
    expect(await seen(judging, naming(organization))).toEqual(expected)
    expect(await seen(api(ask(judging)), naming(organization))).toEqual(expected)
  })

  it('counts where the service has no option for it', async () => {
    const link = () => ({ id: 'ada', memberships: MEMBERSHIPS })
    const judging = createDualAuth({ verifiers: [legacyJwt(legacyOptions())], link, now: clock.now })
    expect(await seen(api(ask(judging)), naming('globex'))).toMatchObject({ organization: 'globex' })
    expect(await seen(api(ask(judging)), naming('initech'))).toBe('403 organization_mismatch')
  })

  it('is its own for each of many requests that bring one credential at once', async () => {
    const auth = api(ask(service()))
    const names = Array.from({ length: 60 }, (__, index) => ['acme', 'globex', 'initech'][index % 3] as string)
    const answers = await Promise.all(names.map((name) => seen(auth, naming(name))))
    for (const [index, name] of names.entries())
      if (name === 'initech') expect(answers[index]).toBe('403 organization_mismatch')
      else expect(answers[index]).toMatchObject({ organization: name })
  })

  it('is none but its own for a key that was made for one', async () => {
    const { key, record } = await createApiKey({
      prefix: 'sk_live_',
      owner: { kind: 'user', id: 'ada' },
      scopes: ['*'],
      organization: 'globex',
    })
    const verifiers = [apiKeys({ name: 'api-key', prefix: 'sk_live_', keys: memoryApiKeys([record]) })]
    const judging = service({ verifiers, link: () => ({ id: 'ada', memberships: MEMBERSHIPS }) })
    const byKey = { 'x-api-key': key }
    for (const auth of [judging, api(ask(judging))]) {
      expect(await seen(auth, naming('globex', byKey))).toMatchObject({ organization: 'globex' })
      expect(await seen(auth, naming('acme', byKey))).toBe('403 organization_mismatch')
      expect(await seen(auth, naming('none', byKey))).toBe('403 organization_mismatch')
    }
  })
})

describe('the organization that a request names', () => {
  it('is nobody else than the account there, where the service links by subject', async () => {
    const judging = createDualAuth({ verifiers: [legacyJwt(legacyOptions())], now: clock.now })
    expect(await seen(api(serveRemote(judging)), naming('acme'))).toBe('403 organization_mismatch')
    expect(await seen(api(serveRemote(judging)), naming())).toMatchObject({ organization: null })
  })

  it('is not sent where the API knows the memberships', async () => {
    const sent: RemoteCredential[] = []
    const validate = serveRemote(service())
    const auth = api(
      (credential) => (sent.push(credential), validate(credential)),
      { link: ({ subject }) => ({ id: subject, organization: null, memberships: ['initech'] }) },
      false,
    )
    expect(await seen(auth, naming('initech'))).toMatchObject({ organization: 'initech' })
    expect(await seen(auth, naming('globex'))).toBe('403 organization_mismatch')
    expect(sent.map((one) => 'organization' in one)).toEqual([false, false])
  })

  it('is refused, and no other acted for, where the service is older', async () => {
    const validate = serveRemote(service())
    const older: ValidateRemote = async (credential) =>
      credential.version === 2
        ? validate(credential)
        : { version: 2, outcome: 'unavailable', retryAfterSeconds: null, cookies: [] }
    const auth = api(older)
    expect(await seen(auth, naming('acme'))).toMatchObject({ organization: 'acme' })
    expect(await seen(auth, naming('globex'))).toBe('403 organization_mismatch')
  })

  it('means that nobody can tell where naming it fails, and the service is not asked', async () => {
    let asked = 0
    const validate = serveRemote(service())
    const failing = [
      () => {
        throw new Error('no directory')
      },
      () => Promise.reject(new Error('no directory')),
      () => 7 as unknown as string,
    ]
    for (const organization of failing) {
      const auth = api((credential) => (asked++, validate(credential)), { organization })
      expect(await seen(auth, naming('acme'))).toBe('503 verifier_unavailable')
    }
    expect(asked).toBe(0)
  })

  it('may be given to `authenticate` for a request that cannot carry it', async () => {
    const auth = service()
    const acting = async (organization: string | null | undefined) => {
      const result = await auth.authenticate(naming('acme'), { organization: () => organization })
      return result.ok ? result.principal.organization : result.error.code
    }
    expect(await Promise.all(['globex', null, undefined, 'initech'].map(acting))).toEqual([
      'globex',
      null,
      'acme',
      'organization_mismatch',
    ])
  })
})
