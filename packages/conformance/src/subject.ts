import {
  answerWith,
  apiKeys,
  createDualAuth,
  legacyJwt,
  memoryExchanges,
  type Account,
  type AuthEvent,
  type DualAuth,
  type FormatError,
  type NamingRequest,
  type LinkRefusal,
  type PolicyDocument,
  type PolicySource,
  type ThrottleOptions,
  type Verifier,
} from '@dualauth/core'
import { createApiKeyIssuer, createLegacyIssuer } from '@dualauth/testing'
import { createMinter, type MinterInPlay } from './minter.js'
import { createRival, type Rival } from './rival.js'

/** What every case works with: two instances that trust different issuers, and credentials for both. */
export interface Subject {
  readonly auth: DualAuth
  /** Another instance, of which no credential may count here. */
  readonly other: DualAuth
  readonly events: AuthEvent[]
  /** A genuine bearer of the first instance: `userId` is the subject. */
  token(userId: string, claims?: Record<string, unknown>): string
  otherToken(userId: string): string
  readonly apiKey: string
  /** A session cookie: its verifier hands out the next one with every answer. */
  readonly session: {
    cookie(userId: string): string
    readonly next: string
    /** How often a handler's own cookie replaced the next one. */
    ended(): number
    /** Whether each look at the session was asked to go past caches. */
    readonly fresh: readonly boolean[]
  }
  /** Publishes the next policy, of a case with a migration; null: there is none, and the source is down. */
  publish(policy: Omit<PolicyDocument, 'version'> | null): void
  /** Of a case with a migration: two stores of keys with one prefix, asked one after the other, the old side first. */
  readonly chain: {
    readonly old: string
    readonly fresh: string
    /** Names of the stores that are in an outage: `old-keys`, `new-keys`. */
    readonly down: Set<string>
    /** Names of the stores, in the order of their asking. */
    readonly asked: string[]
  }
  /** Of a case with a migration: what mints sessions of the new side, automatically in `prefer-new`, for those in its rollout. */
  readonly minter: MinterInPlay
  /** Of a case with a migration: the new side at stage `shadow`. */
  readonly rival: Rival
  /** Resolves when the verifier that hangs was asked; `release` lets it answer. */
  readonly hanging: { readonly asked: Promise<void>; release(): void }
}

export const TRUSTED_ORIGIN = 'https://app.example.com'

const ROLES = { admin: ['*'], editor: ['things:read', 'things:write'], reader: ['things:read'] }

/**
 * @param more Verifiers besides those that every case has.
 * @param isMoving Whether `legacy` and `old-keys` are the old side of a migration, and `session` and `new-keys` the new one.
 * @param throttle Undefined: whoever fails is looked up as often as he comes.
 */
export async function createSubject(
  more: readonly Verifier[] = [],
  isMoving = false,
  throttle?: ThrottleOptions,
): Promise<Subject> {
  const [issuer, otherIssuer, keys] = [createLegacyIssuer(), createLegacyIssuer(), createApiKeyIssuer()]
  const { key } = await keys.issue({ owner: 'editor-key', scopes: ['things:read'] })
  const events: AuthEvent[] = []
  const asked = deferred()
  const fresh: boolean[] = []
  let ended = 0
  const endSession = (): void => void ended++
  const released = deferred()
  const policies = createPolicies()
  const minter = createMinter()
  const { rival, shadow } = createRival(account)
  const chain = isMoving
    ? await createKeyChain()
    : { old: '', fresh: '', down: new Set<string>(), asked: [], verifiers: [] }
  const auth = createDualAuth({
    ...(isMoving && {
      precedence: ['old-keys', 'new-keys'],
      migration: {
        from: ['legacy', 'old-keys'],
        to: ['session', 'new-keys'],
        policy: policies.source,
        announce: (request: NamingRequest) => request.target().pathname !== '/optional',
        exchange: { minter: minter.minter, exchanges: memoryExchanges(), automatic: true },
        shadow,
      },
    }),
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [issuer.secret],
        purpose: 'only-access-tokens',
        claims: { subject: 'userId', organization: 'tenant' },
        carriers: ['bearer', { cookie: 'legacy' }, { scheme: 'Token' }, { header: 'x-access-token' }],
      }),
      apiKeys({ name: 'api-key', prefix: keys.prefix, keys: keys.store }),
      refreshing('session', fresh, endSession),
      misbehaving('crashing', 'crash_', () => {
        throw new Error('the verifier has a bug')
      }),
      misbehaving('down', 'down_', () => Promise.reject(new Error('the provider is down'))),
      misbehaving('hanging', 'hang_', () => {
        asked.resolve()
        return released.promise.then(() => {
          throw new Error('too late')
        })
      }),
      ...chain.verifiers,
      ...more,
    ],
    link: ({ subject }) => account(subject),
    organization: (request) => request.header('x-organization') ?? inPath(request),
    access: { roles: ROLES },
    trustedOrigins: [TRUSTED_ORIGIN, 'https://*.preview.example.com', 'tauri://localhost'],
    formatError,
    ...(throttle !== undefined && { throttle }),
    onEvent: (event) => events.push(event),
  })
  const other = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [otherIssuer.secret],
        purpose: 'only-access-tokens',
        claims: { subject: 'userId' },
      }),
    ],
    link: ({ subject }) => account(subject),
    access: { roles: ROLES },
  })
  return {
    auth,
    other,
    events,
    token: (userId, claims = {}) => issuer.sign({ userId, ...claims }),
    otherToken: (userId) => otherIssuer.sign({ userId }),
    apiKey: key,
    publish: policies.publish,
    chain,
    minter: minter.shown,
    rival,
    session: { cookie: (userId) => `session=${userId}`, next: NEXT_SESSION, ended: () => ended, fresh },
    hanging: { asked: asked.promise, release: released.resolve },
  }
}

async function createKeyChain(): Promise<Subject['chain'] & { readonly verifiers: readonly Verifier[] }> {
  const down = new Set<string>()
  const asked: string[] = []
  const made = await Promise.all(
    ['old-keys', 'new-keys'].map(async (name) => {
      const issuer = createApiKeyIssuer({ prefix: 'sk_chain_' })
      const { key } = await issuer.issue({ owner: `reader-${name}` })
      const findByHash = (hash: string) => {
        asked.push(name)
        if (down.has(name)) throw new Error(`${name}: the database is down`)
        return issuer.store.findByHash(hash)
      }
      return { key, verifier: apiKeys({ name, prefix: issuer.prefix, keys: { findByHash } }) }
    }),
  )
  const [old = '', fresh = ''] = made.map(({ key }) => key)
  return { old, fresh, down, asked, verifiers: made.map(({ verifier }) => verifier) }
}

/** A source that is told of each new version. */
function createPolicies(): { readonly source: PolicySource; publish: Subject['publish'] } {
  let version = 1
  let document: PolicyDocument | null = { version, stage: 'off' }
  let changed = (): void => {}
  return {
    source: {
      load() {
        if (document === null) throw new Error('the source is down')
        return { document }
      },
      watch(listener) {
        changed = listener
        return () => {}
      },
    },
    publish(policy) {
      document = policy === null ? null : { ...policy, version: ++version }
      changed()
    },
  }
}

/** Of `/orgs/:id`, as applications write it; in any case, because Express takes `/ORGS` for the same. */
function inPath(request: NamingRequest): string | undefined {
  const [, room, id] = request.target().pathname?.split('/') ?? []
  return room?.toLowerCase() === 'orgs' ? id : undefined
}

/** Everybody gets the problem document, and `unlinked-page` a page. */
const formatError: FormatError = (_error, { request, identity }) =>
  identity?.subject === 'unlinked-page'
    ? answerWith({
        status: 401,
        contentType: 'text/html; charset=utf-8',
        body: `<h1>${request === undefined ? 'nothing' : 'a request'} of ${identity.verifier}</h1>`,
      })
    : undefined

/**
 * `editor-7` is an account with the role `editor`; `unlinked-…` is nobody here, `gone-…` was deactivated,
 * `taken-…` asks for an account of somebody else, `young-…` is refused for a reason of the application's own.
 * `member-…` edits in acme and reads in globex.
 */
function account(subject: string): Account | LinkRefusal | null {
  const [kind = ''] = subject.split('-')
  if (kind === 'unlinked') return null
  if (kind === 'taken') return { refuse: 'account_conflict', reason: 'email_taken' }
  if (kind === 'young') return { refuse: 'account_refused', reason: 'under-age' }
  const memberships = [
    { organization: 'acme', roles: ['editor'] },
    { organization: 'globex', roles: ['reader'] },
  ]
  return { id: `app-${subject}`, roles: [kind], active: kind !== 'gone', ...(kind === 'member' && { memberships }) }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => (resolve = settle))
  return { promise, resolve }
}

const NEXT_SESSION = 'session=next; Path=/; HttpOnly'

/**
 * Accepts every `session` cookie by its user's id and wants the next one written. Of `down-…` it cannot tell, `revoked-…` was
 * logged out, `forged-…` is not genuine, and `carried-…` was minted in an exchange and is never refreshed.
 */
function refreshing(name: string, fresh: boolean[], endSession: () => void): Verifier {
  const carriage = { bearer: false, headers: [], cookies: ['session'] }
  return {
    name,
    shapes: [{ kind: 'cookie', carriage, chunked: true }],
    open: () => ({
      verify({ value }, demand) {
        fresh.push(demand.fresh)
        const [state = ''] = value.split('-')
        if (state === 'down') throw new Error('the provider of the sessions is down')
        if (state === 'revoked') return { outcome: 'rejected', code: 'credential_revoked', reason: 'revoked' }
        if (state === 'forged') return { outcome: 'rejected', code: 'credential_invalid', reason: 'signature' }
        const isCarried = state === 'carried'
        const identity = {
          issuer: name,
          subject: isCarried ? value.slice('carried-'.length) : value,
          kind: 'user' as const,
          claims: {},
          organization: null,
          roles: [],
          permissions: [],
          scopes: null,
          sessionId: null,
          expiresAt: isCarried ? Math.floor(Date.now() / 1000) + 60 : null,
          impersonator: null,
          secretIndex: null,
        }
        if (isCarried) return { outcome: 'accepted', identity }
        return { outcome: 'accepted', identity, cookies: [{ name: 'session', field: NEXT_SESSION, endSession }] }
      },
      ready: async () => {},
      close: () => {},
    }),
  }
}

function misbehaving(name: string, prefix: string, verify: () => Promise<never>): Verifier {
  const carriage = { bearer: true, headers: [], cookies: [] }
  return {
    name,
    shapes: [{ kind: 'prefix', carriage, prefix, minLength: 0, maxLength: 100 }],
    open: () => ({ verify, ready: async () => {}, close: () => {} }),
  }
}
