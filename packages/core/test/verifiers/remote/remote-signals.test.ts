import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { authenticatedRequirement, createState, runGuard } from '../../../src/adapter/index.js'
import {
  createDualAuth,
  remote,
  remoteFetch,
  serveRemote,
  serveRemoteFetch,
  type AuthRequest,
  type DualAuth,
  type DualAuthOptions,
  type NamingRequest,
  type PolicyDocument,
  type RemoteAnswer,
  type RemoteCredential,
  type ValidateRemote,
} from '../../../src/index.js'
import { createMove, newCookie, oldToken, type Move } from '../../support/migration.js'
import { outcome } from '../../support/outcome.js'
import { bearer, cookies } from '../../support/requests.js'

const SECRET = randomBytes(32).toString('base64url')
const PAGE = 'https://example.com/move'
const LOGIN = 'https://app.example.com/login'
const announcement: PolicyDocument['announcement'] = {
  deprecation: '2026-01-01T00:00:00Z',
  sunset: '2030-12-31T00:00:00Z',
  documentation: PAGE,
  login: LOGIN,
}
const ANNOUNCED = [
  ['Deprecation', '@1767225600'],
  ['Sunset', 'Tue, 31 Dec 2030 00:00:00 GMT'],
  ['Link', `<${PAGE}>; rel="deprecation"; type="text/html"`],
  ['Link', `<${PAGE}>; rel="sunset"; type="text/html"`],
]

let move: Move
beforeEach(() => void (move = createMove({ stage: 'dual', organizations: { grace: 'acme' } })))
afterEach(() => move.auth.close())

function worker(validate: ValidateRemote, options: Partial<DualAuthOptions> = {}): DualAuth {
  const credentials = [{ jwtIssuer: null }, { cookie: 'better-auth.session_token' }]
  const verifiers = [remote({ name: 'service', credentials, validate })]
  return createDualAuth({ verifiers, now: move.clock.now, ...options } as DualAuthOptions) as unknown as DualAuth
}

function overFetch(auth: DualAuth): ValidateRemote {
  const handle = serveRemoteFetch(auth, { secrets: [SECRET] })
  const fetch = (input: string, init: RequestInit) => handle(new Request(input, init))
  return remoteFetch({ url: 'https://service.internal/', secret: SECRET, fetch })
}

/** What an adapter writes on the answer of a handler; null where the request is refused. */
async function announcedTo(auth: DualAuth, request: AuthRequest): Promise<unknown> {
  const verdict = await runGuard(createState(), auth, request, null, authenticatedRequirement([]))
  return verdict.kind === 'pass' ? (verdict.headers.signals ?? []) : null
}

/** The answer to a refused request. */
async function refusalOf(auth: DualAuth, request: AuthRequest): Promise<{ body: unknown; link: string | undefined }> {
  const result = await auth.authenticate(request)
  if (result.ok) throw new Error('was let in')
  const { body, headers } = auth.respond(result.error)
  return { body: JSON.parse(body), link: headers.find(([name]) => name === 'link')?.[1] }
}

const ada = bearer(oldToken('ada'))

describe.each<[string, (auth: DualAuth) => ValidateRemote]>([
  ['over RPC', serveRemote],
  ['over fetch', overFetch],
  ['through a service that asks another', (auth) => serveRemote(worker(serveRemote(auth)))],
])('a service in a move, asked %s', (_, ask) => {
  it('has its workers announce the end of the old side as it does itself', async () => {
    const auth = worker(ask(move.auth))
    await move.publish({ stage: 'prefer-new', announcement })
    for (const each of [move.auth, auth]) {
      expect(await announcedTo(each, ada)).toEqual(ANNOUNCED)
      expect(await each.authenticate(ada)).toMatchObject({ ok: true, signals: ANNOUNCED })
      expect(await announcedTo(each, cookies(newCookie('ada')))).toEqual([])
    }
    await move.publish({ stage: 'dual', announcement })
    expect(await announcedTo(auth, ada)).toEqual([])
  })

  it('by the stage of the organization that the account acts for', async () => {
    const auth = worker(ask(move.auth))
    await move.publish({ stage: 'dual', organizations: { acme: { stage: 'prefer-new' } }, announcement })
    expect(await announcedTo(auth, ada)).toEqual([])
    expect(await announcedTo(auth, bearer(oldToken('grace')))).toEqual(ANNOUNCED)
  })

  it('says what comes next, where its old side has ended', async () => {
    const auth = worker(ask(move.auth))
    for (const stage of ['new-only', 'retired'] as const) {
      await move.publish({ stage, announcement })
      const refusal = await refusalOf(auth, ada)
      expect(refusal).toEqual(await refusalOf(move.auth, ada))
      expect(refusal.body).toMatchObject({ code: 'legacy_retired', migration: 'default', login: LOGIN })
      expect(refusal.link).toContain(PAGE)
    }
    await move.publish({ stage: 'retired' })
    expect((await refusalOf(auth, ada)).body).toMatchObject({ login: null, documentation: null })
  })
})

describe('a worker', () => {
  it('leaves the announcement out where its option says so', async () => {
    await move.publish({ stage: 'prefer-new', announcement })
    const announce = vi.fn<(request: NamingRequest) => boolean>((request) => request.target().pathname !== '/internal')
    const verifiers = [
      remote({ name: 'service', credentials: [{ jwtIssuer: null }], validate: serveRemote(move.auth), announce }),
    ]
    const auth = worker(serveRemote(move.auth), { verifiers } as never)
    expect(await announcedTo(auth, { ...ada, url: '/internal' })).toEqual([])
    expect(await announcedTo(auth, { ...ada, url: '/things' })).toEqual(ANNOUNCED)
    await move.publish({ stage: 'dual' })
    announce.mockClear()
    expect(await announcedTo(auth, ada)).toEqual([])
    expect(announce).not.toHaveBeenCalled()
  })
})

describe('a worker that is in a move itself', () => {
  it('announces its own end of what the service judges before that of the service', async () => {
    await move.publish({ stage: 'prefer-new', announcement })
    const own = { ...announcement, documentation: 'https://example.com/own' }
    const verifiers = ['service', 'other'].map((name, place) =>
      remote({
        name,
        credentials: [place === 0 ? { jwtIssuer: null } : { jwtIssuer: 'https://other.example.com' }],
        validate: serveRemote(move.auth),
      }),
    )
    const migration = { from: ['service'], to: 'other', policy: { version: 1, stage: 'prefer-new', announcement: own } }
    const auth = worker(serveRemote(move.auth), { verifiers, link: () => ({ id: 'ada' }), migration } as never)
    expect(JSON.stringify(await announcedTo(auth, ada))).toContain('https://example.com/own')
    expect(JSON.stringify(await announcedTo(auth, ada))).not.toContain(PAGE)
  })
})

const asking = (version: number, value = oldToken('ada')): RemoteCredential =>
  ({
    version,
    operation: 'judge',
    carrier: 'bearer',
    name: 'authorization',
    value,
    companions: [],
    fresh: false,
    refresh: false,
  }) as RemoteCredential

describe('a worker of an older version', () => {
  it.each([2, 3])('%i is answered in it, without what it would not read', async (version) => {
    const validate = serveRemote(move.auth)
    await move.publish({ stage: 'prefer-new', announcement })
    const accepted = await validate(asking(version))
    expect([accepted.version, Object.keys(accepted).sort()]).toEqual([
      version,
      ['cookies', 'identity', 'outcome', 'version'],
    ])
    await move.publish({ stage: 'retired', announcement })
    const refused = await validate(asking(version))
    expect([refused.version, Object.keys(refused).sort()]).toEqual([
      version,
      ['claim', 'code', 'cookies', 'outcome', 'reason', 'retryAfterSeconds', 'version'],
    ])
  })

  it('3 decides the same, and misses the links and the announcement', async () => {
    const validate = serveRemote(move.auth)
    const older = worker((credential) => validate({ ...credential, version: 3 }))
    await move.publish({ stage: 'prefer-new', announcement })
    expect(await announcedTo(older, ada)).toEqual([])
    await move.publish({ stage: 'retired', announcement })
    expect(await outcome(older, ada)).toBe('401 legacy_retired')
    const { body, link } = await refusalOf(older, ada)
    expect([body, link]).toEqual([expect.not.objectContaining({ login: LOGIN }), undefined])
  })
})

describe('a service of an older version', () => {
  /** It reads nothing newer, and says nothing of it. */
  const upTo =
    (newest: number, asked: number[]): ValidateRemote =>
    async (credential) => {
      asked.push(credential.version)
      if (credential.version > newest)
        return { version: 2, outcome: 'unavailable', retryAfterSeconds: null, cookies: [] }
      return serveRemote(move.auth)(credential)
    }

  it.each([
    [3, [4, 3, 3], '401 legacy_retired'],
    [2, [4, 3, 2, 2], '401 credential_expired'],
  ])('%i is asked in that for a minute, and decides as before', async (newest, versions, retired) => {
    const asked: number[] = []
    const auth = worker(upTo(newest, asked))
    await move.publish({ stage: 'prefer-new', announcement })
    expect(await announcedTo(auth, ada)).toEqual([])
    await move.publish({ stage: 'new-only', announcement })
    expect(await outcome(auth, ada)).toBe(retired)
    expect(asked).toEqual(versions)
    // It may have been upgraded since.
    move.clock.advance(61_000)
    asked.length = 0
    await outcome(auth, ada)
    expect(asked[0]).toBe(4)
  })

  it('3 is known over fetch by its 400', async () => {
    const handle = serveRemoteFetch(move.auth, { secrets: [SECRET] })
    const fetch = async (input: string, init: RequestInit) => {
      const { version } = JSON.parse(String(init.body)) as { version: number }
      return version > 3 ? new Response('null', { status: 400 }) : handle(new Request(input, init))
    }
    const auth = worker(remoteFetch({ url: 'https://service.internal/', secret: SECRET, fetch }))
    await move.publish({ stage: 'prefer-new', announcement })
    expect([await outcome(auth, ada), await announcedTo(auth, ada)]).toEqual(['200 ada by service', []])
  })
})

describe('what a service sends', () => {
  const link = (page: string, rest = 'rel="sunset"; type="text/html"'): [string, string] => [
    'Link',
    `<${page}>; ${rest}`,
  ]
  const notice = { migration: 'default', login: LOGIN, documentation: PAGE }
  let accepted: RemoteAnswer
  beforeEach(async () => {
    await move.publish({ stage: 'prefer-new' })
    accepted = await serveRemote(move.auth)(asking(4))
  })
  const refused = (more: object): unknown => ({
    version: 4,
    outcome: 'rejected',
    code: 'legacy_retired',
    reason: 'retired',
    retryAfterSeconds: null,
    cookies: [],
    ...more,
  })

  it('is taken where it is what a policy may say', async () => {
    const signals = [link('http://localhost:3000/move'), ['Sunset', 'Tue, 31 Dec 2030 00:00:00 GMT']]
    const auth = worker(async () => ({ ...accepted, signals }) as never)
    expect(await announcedTo(auth, ada)).toEqual(signals)
    const local = { ...notice, login: 'http://127.0.0.1:3000/login', documentation: null }
    const ended = worker(async () => refused({ notice: local }) as never)
    expect((await refusalOf(ended, ada)).body).toMatchObject(local)
  })

  it.each<[string, unknown]>([
    ['no list', 'Sunset'],
    ['more than a policy announces', Array.from({ length: 5 }, () => link(PAGE))],
    ['another field', [['Set-Cookie', 'session=1']]],
    ['a field in another case', [['sunset', 'Tue, 31 Dec 2030 00:00:00 GMT']]],
    ['a field that ends the header', [['Deprecation', '@1\r\nset-cookie: a=b']]],
    ['a date that is none', [['Sunset', 'soon']]],
    ['a date in another form', [['Sunset', '2030-12-31T00:00:00Z']]],
    ['a link to plain http', [link('http://example.com/move')]],
    ['a link that runs', [link('javascript:alert(1)')]],
    ['a link with a second one', [link(PAGE, 'rel="sunset"; type="text/html", <https://evil.example>; rel="next"')]],
    ['a link of another relation', [link(PAGE, 'rel="stylesheet"; type="text/html"')]],
    ['a link without end', [link(`https://example.com/${'a'.repeat(2048)}`)]],
    ['a third element', [[...link(PAGE), 'x']]],
  ])('to be announced, and is %s, is no answer', async (_, signals) => {
    expect(
      await outcome(
        worker(async () => ({ ...accepted, signals }) as never),
        ada,
      ),
    ).toBe('503 verifier_unavailable')
  })

  it.each<[string, unknown]>([
    ['no object', PAGE],
    ['a login that runs', { ...notice, login: 'javascript:alert(1)' }],
    ['a login in plain http', { ...notice, login: 'http://example.com/login' }],
    ['a page that ends its link', { ...notice, documentation: 'https://example.com/>; rel="stylesheet"' }],
    ['a page with a password', { ...notice, documentation: 'https://a:b@example.com/' }],
    ['a migration that is no name', { ...notice, migration: 'a\r\nb' }],
    ['unknown members', { ...notice, banner: true }],
    ['missing members', { migration: 'default' }],
  ])('as what comes next, and is %s, is no answer', async (_, sent) => {
    const auth = worker(async () => refused({ notice: sent }) as never)
    expect(await outcome(auth, ada)).toBe('503 verifier_unavailable')
  })

  it('as what comes next of any other refusal is passed over', async () => {
    const auth = worker(async () => refused({ code: 'credential_revoked', reason: 'revoked', notice }) as never)
    const { body, link: sent } = await refusalOf(auth, ada)
    expect([body, sent]).toEqual([expect.not.objectContaining({ login: LOGIN }), undefined])
    expect(body).toMatchObject({ code: 'credential_revoked' })
  })
})
