import { ADA, GRACE, LINUS, type Credentials, type OfEachKind, type Presented } from './credentials.js'

/** What a cell must be. Null: there must be none. */
export interface Expectation {
  readonly status: number
  readonly id: string | null
  readonly verifier: string | null
  readonly code: string | null
  readonly challenge: string | null
  readonly retryAfter: boolean
}

export interface Call {
  readonly credential: string
  readonly method: string
  readonly path: string
  readonly headers: Presented
  readonly expect: Expectation
  /** One sentence: what the row shows. */
  readonly shows: string
}

/** Calls that are made one after the other while the world is in one state. */
export interface Group {
  readonly title: string
  readonly calls: readonly Call[]
}

const API_KEY = 'ApiKey realm="api", header="x-api-key"'
const CHALLENGES = {
  missing: `Bearer realm="api", ${API_KEY}`,
  invalid: `Bearer realm="api", error="invalid_token", ${API_KEY}`,
  invalidKey: `Bearer realm="api", ${API_KEY}, error="invalid_token"`,
  malformed: 'Bearer realm="api", error="invalid_request"',
  /** Of the carrier that was presented. */
  scope: (permission: string, verifier: string) =>
    `${verifier === 'api-key' ? API_KEY : 'Bearer realm="api"'}, error="insufficient_scope", scope="${permission}"`,
} as const

const KINDS: readonly (readonly [kind: keyof OfEachKind, label: string, verifier: string])[] = [
  ['legacy', 'legacy bearer', 'legacy'],
  ['cookie', 'Better Auth cookie', 'better-auth'],
  ['bearer', 'Better Auth bearer', 'better-auth'],
  ['workos', 'WorkOS bearer', 'workos'],
  ['apiKey', 'API key', 'api-key'],
]

const nothing = { id: null, verifier: null, code: null, challenge: null, retryAfter: false } as const

const accepted = (verifier: string, id: string = ADA.id, status = 200): Expectation => ({
  ...nothing,
  status,
  id,
  verifier,
})
/** 401: somebody's credential is not good. Who it is stays open, so there is no id. */
const refused = (verifier: string | null, code: string): Expectation => ({
  ...nothing,
  status: 401,
  verifier,
  code,
  challenge: verifier === 'api-key' ? CHALLENGES.invalidKey : CHALLENGES.invalid,
})
/** 403: the credential is good, this is not allowed. */
const denied = (verifier: string, code: string, id: string | null, challenge: string | null = null): Expectation => ({
  ...nothing,
  status: 403,
  id,
  verifier,
  code,
  challenge,
})
const missing: Expectation = {
  ...nothing,
  status: 401,
  code: 'credential_missing',
  challenge: CHALLENGES.missing,
}
const unavailable: Expectation = {
  ...nothing,
  status: 503,
  verifier: 'workos',
  code: 'verifier_unavailable',
  retryAfter: true,
}

function call(credential: string, request: string, headers: Presented, expect: Expectation, shows: string): Call {
  const [method, path] = request.split(' ') as [string, string]
  return { credential, method, path, headers, expect, shows }
}

/** Unsafe methods with a cookie need a proof that the app's own page made them. */
const fromOwnPage = (kind: keyof OfEachKind, appOrigin: string): Presented =>
  kind === 'cookie' ? { origin: appOrigin } : {}

export function ordinaryCalls(credentials: Credentials, appOrigin: string): Group[] {
  const { ada, tampered, expired } = credentials
  return [
    {
      title: 'Ada, an editor, through every door',
      calls: KINDS.flatMap(([kind, label, verifier]) => [
        call(label, 'GET /me', ada[kind], accepted(verifier), 'the same id, whichever system vouches for her'),
        call(label, 'GET /things', ada[kind], accepted(verifier), 'her role comes from her account'),
        kind === 'apiKey'
          ? call(
              label,
              'POST /things',
              ada[kind],
              denied(verifier, 'permission_denied', ADA.id, CHALLENGES.scope('things:write', verifier)),
              'a key for reading does not write, although its owner may',
            )
          : call(
              label,
              'POST /things',
              { ...ada[kind], ...fromOwnPage(kind, appOrigin) },
              accepted(verifier, ADA.id, 201),
              kind === 'cookie' ? 'a cookie writes from the own page' : 'the same permissions',
            ),
        call(
          label,
          'GET /admin',
          ada[kind],
          denied(verifier, 'role_required', ADA.id),
          kind === 'workos' ? 'known but no admin, whatever role the token names' : 'known but no admin: 403, not 401',
        ),
      ]),
    },
    {
      title: 'Others',
      calls: [
        call('admin: cookie', 'GET /admin', credentials.grace, accepted('better-auth', GRACE.id), 'an admin passes'),
        call(
          'API key, scope *',
          'POST /things',
          credentials.adaFullKey,
          accepted('api-key', ADA.id, 201),
          'a key may do what its owner may',
        ),
        call(
          'API key, scope *',
          'GET /admin',
          credentials.adaFullKey,
          denied('api-key', 'role_required', ADA.id),
          'and never more than that',
        ),
        call(
          'stranger: WorkOS',
          'GET /me',
          credentials.stranger,
          denied('workos', 'identity_unlinked', null),
          'genuine, but nobody here: no account is made up',
        ),
        call(
          'deactivated: legacy',
          'GET /me',
          credentials.linus,
          denied('legacy', 'account_deactivated', null),
          `${LINUS.name}'s account is closed for every system`,
        ),
      ],
    },
    {
      title: 'Nobody',
      calls: [
        call('none', 'GET /me', {}, missing, 'both doors are named, and no error: nothing was wrong'),
        call('none', 'GET /things', {}, missing, '401 comes before 403'),
        call('none', 'POST /things', {}, missing, '401 comes before 403'),
        call('none', 'GET /admin', {}, missing, '401 comes before 403'),
        call('none', 'GET /health', {}, { ...nothing, status: 200 }, 'a route without a guard is open'),
      ],
    },
    {
      title: 'Tampered with, to be the admin',
      calls: [
        ...KINDS.map(([kind, label, verifier]) =>
          call(
            label,
            'GET /admin',
            tampered[kind],
            refused(verifier, 'credential_invalid'),
            kind === 'apiKey'
              ? 'one letter changed: the checksum refuses it without a look-up'
              : `her name, ${ADA.name}'s signature: refused by its owner, tried nowhere else`,
          ),
        ),
        call(
          'API key, unknown',
          'GET /me',
          credentials.unknownKey,
          refused('api-key', 'credential_invalid'),
          'of the right form, but never issued',
        ),
        call(
          'HS256 by public key',
          'GET /me',
          credentials.confused,
          refused(null, 'credential_unsupported'),
          'a public key is never an HMAC secret',
        ),
        call(
          'Better Auth JWT',
          'GET /me',
          credentials.foreignJwt,
          refused(null, 'credential_unsupported'),
          'genuine, but of a kind nobody configured: not tried with the keys of others',
        ),
      ],
    },
    {
      title: 'Expired or ended',
      calls: [
        ...KINDS.map(([kind, label, verifier]) =>
          call(
            label,
            'GET /me',
            expired[kind],
            refused(verifier, 'credential_expired'),
            'genuine but too old, and told so',
          ),
        ),
        call(
          'legacy bearer',
          'GET /health',
          expired.legacy,
          { ...nothing, status: 200 },
          'a stale credential closes no public route',
        ),
        call(
          'cookie, signed out',
          'GET /me',
          credentials.signedOut,
          refused('better-auth', 'credential_revoked'),
          'signed well, but the session is gone from the table',
        ),
        call(
          'API key, revoked',
          'GET /me',
          credentials.revokedKey,
          refused('api-key', 'credential_revoked'),
          'known, and no longer wanted',
        ),
        call(
          'legacy refresh',
          'GET /me',
          credentials.legacyRefresh,
          refused('legacy', 'credential_invalid'),
          'signed with the same secret, for another purpose',
        ),
      ],
    },
    {
      title: 'Two at once, and other sites',
      calls: [
        call(
          'bearer + API key',
          'GET /me',
          { ...ada.legacy, ...ada.apiKey },
          { ...nothing, status: 400, code: 'credential_malformed', challenge: CHALLENGES.malformed },
          'two explicit credentials are not ranked',
        ),
        call(
          'bad bearer + cookie',
          'GET /me',
          { ...expired.legacy, ...ada.cookie },
          refused('legacy', 'credential_expired'),
          'a header decides: the good cookie is not tried',
        ),
        call(
          'cookie, other site',
          'POST /things',
          { ...ada.cookie, origin: 'https://evil.example' },
          denied('better-auth', 'origin_untrusted', null),
          'another site cannot write with her cookie',
        ),
        call(
          'cookie, no origin',
          'POST /things',
          ada.cookie,
          denied('better-auth', 'origin_untrusted', null),
          'no proof of origin is no proof',
        ),
      ],
    },
  ]
}

/** For APIs of the same configuration that have never seen WorkOS' keys. */
export function outageCalls({ ada, expired, tampered }: Credentials): Group {
  return {
    title: 'WorkOS is switched off; these APIs have none of its keys',
    calls: [
      call(
        'WorkOS bearer',
        'GET /me',
        ada.workos,
        unavailable,
        'nobody can tell: 503 and not 401, so nobody is logged out',
      ),
      call('WorkOS bearer', 'GET /things', ada.workos, unavailable, 'Retry-After says when to come back'),
      call('WorkOS bearer', 'POST /things', ada.workos, unavailable, 'an outage is no permission'),
      call('WorkOS bearer', 'GET /admin', ada.workos, unavailable, 'and no 403 either'),
      call('WorkOS, tampered', 'GET /me', tampered.workos, unavailable, 'nobody can tell that it is forged'),
      call('WorkOS, expired', 'GET /me', expired.workos, unavailable, 'nor that it was ever genuine: signature first'),
      ...KINDS.filter(([kind]) => kind !== 'workos').map(([kind, label, verifier]) =>
        call(label, 'GET /me', ada[kind], accepted(verifier), "the new provider's outage does not touch this side"),
      ),
      call(
        'legacy bearer',
        'POST /things',
        ada.legacy,
        accepted('legacy', ADA.id, 201),
        'the old side goes on working, writes included',
      ),
      call(
        'legacy, expired',
        'GET /me',
        expired.legacy,
        refused('legacy', 'credential_expired'),
        'and goes on refusing',
      ),
      call('none', 'GET /me', {}, missing, 'nobody is still nobody'),
    ],
  }
}

/** For the APIs that ran before the outage. */
export function bridgedCalls({ ada, tampered }: Credentials): Group {
  return {
    title: 'WorkOS is switched off; these APIs fetched its keys before',
    calls: [
      call('WorkOS bearer', 'GET /me', ada.workos, accepted('workos'), 'the last good keys bridge the outage'),
      call(
        'WorkOS, tampered',
        'GET /me',
        tampered.workos,
        refused('workos', 'credential_invalid'),
        'and still tell a forgery: 401',
      ),
    ],
  }
}

/** For the APIs without keys, once WorkOS answers again. */
export function recoveredCalls({ ada, expired }: Credentials): Group {
  return {
    title: 'WorkOS is back; the APIs that had none of its keys',
    calls: [
      call('WorkOS bearer', 'GET /me', ada.workos, accepted('workos'), 'recovers by itself, without a restart'),
      call(
        'WorkOS, expired',
        'GET /me',
        expired.workos,
        refused('workos', 'credential_expired'),
        'now that it can be told, it is told',
      ),
    ],
  }
}
