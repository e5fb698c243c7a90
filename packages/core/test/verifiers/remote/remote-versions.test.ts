import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  createDualAuth,
  legacyJwt,
  remote,
  remoteFetch,
  serveRemote,
  serveRemoteFetch,
  type Account,
  type DualAuth,
  type DualAuthOptions,
  type LinkRefusal,
  type RemoteAnswer,
  type RemoteCredential,
  type ValidateRemote,
} from '../../../src/index.js'
import { createClock } from '../../support/clock.js'
import { legacyOptions } from '../../support/legacy.js'
import { outcome } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { legacyClaims, mint } from '../../support/tokens.js'

const SECRET = randomBytes(32).toString('base64url')
const clock = createClock()
const STATED = ['*', 'reports:*', 'things:read']
const sent = bearer(mint({ claims: legacyClaims({ permissions: STATED }) }))

function service(link: (input: { permissions: readonly string[] }) => Account | LinkRefusal): DualAuth {
  return createDualAuth({ verifiers: [legacyJwt(legacyOptions())], link, now: clock.now } as DualAuthOptions)
}

function api(validate: ValidateRemote, options: Partial<DualAuthOptions> = {}): DualAuth {
  const verifiers = [remote({ name: 'service', credentials: [{ jwtIssuer: null }], validate })]
  return createDualAuth({ verifiers, now: clock.now, ...options } as DualAuthOptions)
}

function overFetch(auth: DualAuth): ValidateRemote {
  const handle = serveRemoteFetch(auth, { secrets: [SECRET] })
  const fetch = (input: string, init: RequestInit) => handle(new Request(input, init))
  return remoteFetch({ url: 'https://service.internal/', secret: SECRET, fetch })
}

/** As a service before version 3: it reads nothing else, and says nothing of it. */
function older(auth: DualAuth, asked: number[] = []): ValidateRemote {
  const validate = serveRemote(auth)
  return async (credential) => {
    asked.push(credential.version)
    if (credential.version !== 2) return { version: 2, outcome: 'unavailable', retryAfterSeconds: null, cookies: [] }
    return validate(credential)
  }
}

async function may(auth: DualAuth, ...permissions: string[]): Promise<boolean[]> {
  const result = await auth.authenticate(sent)
  if (!result.ok) throw result.error
  return Promise.all(permissions.map((permission) => auth.can(result.principal, permission)))
}

describe.each<[string, (auth: DualAuth) => ValidateRemote]>([
  ['over RPC', serveRemote],
  ['over fetch', overFetch],
  ['through a service that asks another', (auth) => serveRemote(api(serveRemote(auth)))],
])('a wildcard, %s', (_, ask) => {
  it('that the service granted counts', async () => {
    const granted = service(() => ({ id: 'ada', permissions: ['things:*', '*:export'] }))
    const asked = ['things:write', 'reports:export', 'reports:read']
    expect(await may(api(ask(granted)), ...asked)).toEqual([true, true, false])
    expect(await may(granted, ...asked)).toEqual([true, true, false])
  })

  it('that it granted in a membership counts', async () => {
    const memberships = [{ organization: 'acme', permissions: ['things:*'] }]
    const auth = api(ask(service(() => ({ id: 'ada', organization: 'acme', memberships }))))
    expect(await may(auth, 'things:write', 'reports:read')).toEqual([true, false])
  })

  it.each<[string, (input: { permissions: readonly string[] }) => Account]>([
    ['that says nothing of them', () => ({ id: 'ada' })],
    ['that passes them through', ({ permissions }) => ({ id: 'ada', permissions })],
  ])('that the token states stays literal, by a link %s', async (__, link) => {
    expect(await may(api(ask(service(link))), 'things:read', 'things:write', 'reports:read')).toEqual([
      true,
      false,
      false,
    ])
  })

  it('that the token states grants nothing where the link of the API passes claims on', async () => {
    const grants = (input: { claims: unknown }) => ({
      id: 'ada',
      permissions: (input.claims as { claims: { permissions: string[] } }).claims.permissions,
    })
    const stated = serveRemote(service(() => ({ id: 'ada', permissions: ['billing:*'] })))
    const auth = api(stated, { link: grants as never })
    expect(await may(auth, 'things:read', 'things:write', 'billing:read')).toEqual([true, false, false])
    const passing = api(stated, {
      link: (({ permissions }: { permissions: string[] }) => ({ id: 'ada', permissions })) as never,
    })
    expect(await may(passing, 'billing:read', 'things:write')).toEqual([true, false])
  })
})

describe('a service of version 2', () => {
  it('is asked in that, and its wildcards grant nothing', async () => {
    const asked: number[] = []
    const auth = api(
      older(
        service(() => ({ id: 'ada', permissions: ['things:*', 'things:read'] })),
        asked,
      ),
    )
    expect(await may(auth, 'things:read', 'things:write')).toEqual([true, false])
    expect(await outcome(auth, sent)).toBe('200 ada by service')
    expect(asked).toEqual([4, 3, 2, 2])
    // It may have been upgraded since.
    clock.advance(61_000)
    expect(await outcome(auth, sent)).toBe('200 ada by service')
    expect(asked).toEqual([4, 3, 2, 2, 4, 3, 2])
  })

  it('is known over fetch by its 400', async () => {
    const handle = serveRemoteFetch(
      service(() => ({ id: 'ada' })),
      { secrets: [SECRET] },
    )
    const asked: number[] = []
    const fetch = async (input: string, init: RequestInit) => {
      const { version } = JSON.parse(String(init.body)) as { version: number }
      asked.push(version)
      return version === 2 ? handle(new Request(input, init)) : new Response('null', { status: 400 })
    }
    const auth = api(remoteFetch({ url: 'https://service.internal/', secret: SECRET, fetch }))
    expect(await outcome(auth, sent)).toBe('200 ada by service')
    expect(asked).toEqual([4, 3, 2])
  })

  it('that cannot tell in any version is an outage', async () => {
    const validate: ValidateRemote = async () => ({
      version: 2,
      outcome: 'unavailable',
      retryAfterSeconds: 7,
      cookies: [],
    })
    expect(await api(validate).authenticate(sent)).toMatchObject({
      error: { code: 'verifier_unavailable', retryAfterSeconds: 7 },
    })
  })
})

describe('an API of version 2', () => {
  const asking = (version: number): RemoteCredential =>
    ({
      version,
      operation: 'judge',
      carrier: 'bearer',
      name: 'authorization',
      value: mint({ claims: legacyClaims() }),
      companions: [],
      fresh: false,
      refresh: false,
    }) as RemoteCredential
  const answerOf = (refusal: LinkRefusal, version: number): Promise<RemoteAnswer> =>
    serveRemote(service(() => refusal))(asking(version))

  it.each<[LinkRefusal['refuse'], string]>([
    ['account_conflict', 'identity_unlinked'],
    ['account_refused', 'account_deactivated'],
    ['identity_unlinked', 'identity_unlinked'],
  ])('is answered in it: %s is %s', async (refuse, code) => {
    const refusal = { refuse, reason: 'a-reason' }
    const older = await answerOf(refusal, 2)
    expect(older).toMatchObject({ version: 2, outcome: 'rejected', code })
    expect(older).not.toHaveProperty('linkReason')
    expect(await answerOf(refusal, 3)).toMatchObject({ version: 3, code: refuse, linkReason: 'a-reason' })
  })

  it('is told nothing in a version that is not known', async () => {
    for (const version of [1, 5])
      expect(await answerOf({ refuse: 'account_refused' }, version)).toMatchObject({
        version: 2,
        outcome: 'unavailable',
      })
  })
})
