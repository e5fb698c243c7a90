import { describe, expect, it } from 'vitest'
import {
  apiKeys,
  createApiKey,
  createDualAuth,
  legacyJwt,
  memoryApiKeys,
  type AuthRequest,
  type DualAuthOptions,
} from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { bearer } from '../support/requests.js'
import { legacyClaims, mint } from '../support/tokens.js'

type Claims = Readonly<Record<string, unknown>>
interface Input {
  readonly subject: string
  readonly permissions: readonly string[]
  readonly roles: readonly string[]
  readonly claims: Claims
}

/** What somebody with this token may do where `link` makes the grants. */
async function grantedBy(link: (input: Input) => object, claims: Claims, options: Partial<DualAuthOptions> = {}) {
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions())],
    link: (input: Input) => ({ id: input.subject, ...link(input) }),
    now: createClock().now,
    ...options,
  } as DualAuthOptions)
  return grants(auth, bearer(mint({ claims: legacyClaims(claims) })))
}

async function grants(auth: ReturnType<typeof createDualAuth>, request: AuthRequest) {
  const result = await auth.authenticate(request)
  if (!result.ok) throw result.error
  const may = async (permission: string) => (await auth.authorize(result.principal, permission)).ok
  return { read: await may('things:read'), write: await may('things:write'), listed: result.principal.permissions }
}

describe('a wildcard that the token states', () => {
  it.each<[string, (input: Input) => object, Claims]>([
    ['as it stands', ({ permissions }) => ({ permissions }), { permissions: ['*', 'things:read'] }],
    ['in a copy', ({ permissions }) => ({ permissions: [...permissions] }), { permissions: ['*', 'things:read'] }],
    [
      'for one organization',
      ({ permissions }) => ({
        organization: 'o',
        permissions: permissions.map((permission) => ({ permission, organization: 'o' })),
      }),
      { permissions: ['*', 'things:read'] },
    ],
    ['of a claim of another name', ({ claims }) => ({ permissions: claims['perms'] }), { perms: ['*', 'things:read'] }],
    [
      'of a nested claim',
      ({ claims }) => ({ permissions: (claims['access'] as { perms: string[] }).perms }),
      { access: { perms: ['things:*', 'things:read'] } },
    ],
    [
      'of a text with several names',
      ({ claims }) => ({ permissions: String(claims['scope']).split(' ') }),
      { scope: 'things:read *' },
    ],
    [
      'of the keys of an object',
      ({ claims }) => ({ permissions: Object.keys(claims['grants'] as object) }),
      { grants: { '*': { org: 'a' }, 'things:read': {} } },
    ],
    [
      'of a text that holds JSON',
      ({ claims }) => ({ permissions: JSON.parse(String(claims['perms'])) as string[] }),
      { perms: '["things:*","things:read"]' },
    ],
    [
      'of a text with another separator',
      ({ claims }) => ({ permissions: String(claims['perms']).split('|') }),
      { perms: 'things:read|*' },
    ],
    ['among its roles', ({ roles }) => ({ permissions: roles }), { roles: ['*', 'things:read'] }],
  ])('stays literal when link passes it through %s', async (_, link, claims) => {
    expect(await grantedBy(link, claims)).toEqual({ read: true, write: false, listed: ['things:read'] })
  })

  it('of what a schema put out stays literal, too', async () => {
    const loop: Record<string, unknown> = { perms: new Set(['*']), more: new Map([['x', ['things:*']]]) }
    loop['self'] = loop
    const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: loop }) } }
    const granted = await grantedBy(
      () => ({ permissions: ['*', 'things:*', 'things:read'] }),
      {},
      {
        verifiers: [legacyJwt(legacyOptions({ schema: schema as never }))],
      },
    )
    expect(granted).toEqual({ read: true, write: false, listed: ['things:read'] })
  })

  it('stays literal in another organization than the token names, and in a membership', async () => {
    const verifiers = [
      legacyJwt(
        legacyOptions({
          claims: { subject: 'userId', organization: 'org' },
          // What it puts out names no permission any more.
          schema: { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: {} }) } } as never,
        }),
      ),
    ]
    const claims = { org: 'theirs', permissions: ['*', 'things:read'] }
    const moved = ({ permissions }: Input) => ({ organization: 'ours', permissions })
    const expected = { read: true, write: false, listed: ['things:read'] }
    expect(await grantedBy(moved, claims, { verifiers })).toEqual(expected)
    const member = ({ permissions }: Input) => ({
      organization: 'ours',
      memberships: [{ organization: 'ours', permissions }],
    })
    expect(await grantedBy(member, claims, { verifiers })).toEqual(expected)
  })

  it('takes no other grant of the application away', async () => {
    const link = () => ({ permissions: ['things:*', 'other:read'] })
    expect(await grantedBy(link, { permissions: ['*', 'other:*'] })).toMatchObject({ read: true, write: true })
  })

  it('counts where a role of the application grants it', async () => {
    const link = ({ permissions }: Input) => ({ roles: ['admin'], permissions })
    const options = { access: { roles: { admin: ['*'] } } }
    expect(await grantedBy(link, { permissions: ['*'] }, options)).toMatchObject({ read: true, write: true })
  })
})

describe('a wildcard that link wrote', () => {
  it.each(['*', 'things:*'])('counts: %s', async (wildcard) => {
    const link = () => ({ permissions: [wildcard] })
    expect(await grantedBy(link, { permissions: ['things:read'] })).toEqual({
      read: true,
      write: true,
      listed: [wildcard],
    })
  })

  it('counts in the organization of its membership', async () => {
    const link = () => ({ organization: 'o', memberships: [{ organization: 'o', permissions: ['things:*'] }] })
    expect(await grantedBy(link, { permissions: ['*'] })).toEqual({ read: true, write: true, listed: ['things:*'] })
  })

  it('counts for a key that was narrowed to the same wildcard', async () => {
    const store = memoryApiKeys()
    const { key, record } = await createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: 'o' }, scopes: ['*'] })
    store.add(record)
    const auth = createDualAuth({
      verifiers: [apiKeys({ name: 'api-key', prefix: 'sk_live_', keys: store })],
      link: ({ subject }) => ({ id: subject, permissions: ['*'] }),
    })
    expect(await grants(auth as never, bearer(key))).toMatchObject({ read: true, write: true })
  })
})
