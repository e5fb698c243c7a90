import { createApiKey } from '@dualauth/core'
import {
  signJwt,
  tamper,
  withClaims,
  type ApiKeyIssuer,
  type FakeWorkos,
  type LegacySecretIssuer,
} from '@dualauth/testing'
import type { Accounts, AppAccount } from './accounts.js'
import type { BetterAuthServer, BetterAuthSession } from './providers/better-auth.js'

export interface Providers {
  readonly legacy: LegacySecretIssuer
  readonly betterAuth: BetterAuthServer
  readonly workos: FakeWorkos
  readonly apiKeys: ApiKeyIssuer
}

export const ADA: AppAccount = { id: 'acct_ada', name: 'Ada', roles: ['editor'] }
export const GRACE: AppAccount = { id: 'acct_grace', name: 'Grace', roles: ['admin'] }
export const LINUS: AppAccount = { id: 'acct_linus', name: 'Linus', roles: ['editor'], active: false }

/** What a caller puts into a request. */
export type Presented = Readonly<Record<string, string>>

/** One of each kind. */
export interface OfEachKind {
  readonly legacy: Presented
  readonly cookie: Presented
  readonly bearer: Presented
  readonly workos: Presented
  readonly apiKey: Presented
}

export interface Credentials {
  /** Ada's, all good. */
  readonly ada: OfEachKind
  /** Ada's, changed to say that she is Grace, the admin. */
  readonly tampered: OfEachKind
  /** Ada's, genuine, their time has passed. */
  readonly expired: OfEachKind
  readonly adaFullKey: Presented
  readonly grace: Presented
  readonly linus: Presented
  readonly stranger: Presented
  readonly legacyRefresh: Presented
  readonly signedOut: Presented
  readonly revokedKey: Presented
  readonly unknownKey: Presented
  readonly confused: Presented
  readonly foreignJwt: Presented
}

/** What WorkOS says of everybody: no grant of the application comes of it. */
const WORKOS_CLAIMS = { org_id: 'org_01DEMO', role: 'admin', roles: ['admin'], permissions: ['*'] }

const bearer = (value: string): Presented => ({ authorization: `Bearer ${value}` })
const apiKey = (value: string): Presented => ({ 'x-api-key': value })
const cookie = (pair: string): Presented => ({ cookie: pair })

/** What each provider calls a person. */
interface Person {
  readonly legacy: number
  readonly workos: string
  readonly betterAuth: BetterAuthSession
}

export interface People {
  readonly ada: Person
  readonly grace: Person
  readonly linus: Pick<Person, 'legacy'>
}

/** Signs people up, and links what each provider calls them to one account. */
export async function enrolPeople({ betterAuth, workos }: Providers, accounts: Accounts): Promise<People> {
  const enrol = async (account: AppAccount, legacy: number): Promise<Person> => {
    const person = { legacy, workos: workos.signIn().user.id, betterAuth: await betterAuth.signUp(account.name) }
    accounts.link(account, 'legacy', 'legacy', String(legacy))
    accounts.link(account, 'better-auth', 'better-auth', person.betterAuth.userId)
    accounts.link(account, 'workos', workos.issuer, person.workos)
    accounts.link(account, 'api-key', 'api-key', account.id)
    return person
  }
  const linus = { legacy: 99 }
  accounts.link(LINUS, 'legacy', 'legacy', String(linus.legacy))
  return { ada: await enrol(ADA, 4711), grace: await enrol(GRACE, 12), linus }
}

/** Mints everybody's credentials, the bad ones included; the lifetime is that of the signed ones. */
export async function mintCredentials(
  { legacy, betterAuth, workos, apiKeys }: Providers,
  { ada, grace, linus }: People,
  lifetimeSeconds: number,
): Promise<Credentials> {
  const ended = await betterAuth.signIn('Ada')
  betterAuth.expire(ended)
  const signedOut = await betterAuth.signIn('Ada')
  await betterAuth.signOut(signedOut)

  const ofLegacy = (userId: number, expiresInSeconds: number, type = 'access'): string =>
    legacy.sign({ userId, type }, { expiresInSeconds })
  const ofWorkos = (subject: string, expiresInSeconds: number): string =>
    workos.accessToken({ sub: subject, ...WORKOS_CLAIMS }, { expiresInSeconds })
  const keyOf = async (scopes: readonly string[], expiresAt: number | null = null) =>
    apiKeys.issue({ owner: ADA.id, scopes, expiresAt })

  const adaLegacy = ofLegacy(ada.legacy, lifetimeSeconds)
  const adaWorkos = ofWorkos(ada.workos, lifetimeSeconds)
  const { key: adaKey } = await keyOf(['things:read'])
  const revoked = await keyOf(['*'])
  apiKeys.store.revoke(revoked.record.id)
  const neverStored = await createApiKey({ prefix: apiKeys.prefix, owner: revoked.record.owner, scopes: ['*'] })

  return {
    ada: {
      legacy: bearer(adaLegacy),
      cookie: cookie(ada.betterAuth.cookie),
      bearer: bearer(ada.betterAuth.bearer),
      workos: bearer(adaWorkos),
      apiKey: apiKey(adaKey),
    },
    tampered: {
      legacy: bearer(withClaims(adaLegacy, { userId: grace.legacy })),
      cookie: cookie(withSignatureOf(grace.betterAuth.cookie, ada.betterAuth.cookie)),
      bearer: bearer(withSignatureOf(grace.betterAuth.bearer, ada.betterAuth.bearer)),
      workos: bearer(withClaims(adaWorkos, { sub: grace.workos })),
      apiKey: apiKey(tamper(adaKey)),
    },
    expired: {
      legacy: bearer(ofLegacy(ada.legacy, -3600)),
      cookie: cookie(ended.cookie),
      bearer: bearer(ended.bearer),
      workos: bearer(ofWorkos(ada.workos, -3600)),
      apiKey: apiKey((await keyOf(['things:read'], Date.now() - 3_600_000)).key),
    },
    adaFullKey: apiKey((await keyOf(['*'])).key),
    grace: cookie(grace.betterAuth.cookie),
    linus: bearer(ofLegacy(linus.legacy, lifetimeSeconds)),
    stranger: bearer(ofWorkos(workos.signIn().user.id, lifetimeSeconds)),
    legacyRefresh: bearer(ofLegacy(ada.legacy, 30 * 86_400, 'refresh')),
    signedOut: cookie(signedOut.cookie),
    revokedKey: apiKey(revoked.key),
    unknownKey: apiKey(neverStored.key),
    confused: bearer(confusedToken(workos, ada.workos)),
    foreignJwt: bearer(await betterAuth.jwtOf(ada.betterAuth)),
  }
}

/** The attack of RFC 8725 section 2.1: the public key, which everybody knows, taken as an HMAC secret. */
function confusedToken({ keySet, issuer }: FakeWorkos, subject: string): string {
  const { kid, publicPem } = keySet.signingKey
  const claims = { iss: issuer, sub: subject, sid: 'session_1', exp: Math.floor(Date.now() / 1000) + 300 }
  return signJwt({ algorithm: 'HS256', key: publicPem, header: { alg: 'HS256', kid }, claims })
}

/** One session's token under another's signature. */
function withSignatureOf(value: string, other: string): string {
  return value.slice(0, value.lastIndexOf('.')) + other.slice(other.lastIndexOf('.'))
}
