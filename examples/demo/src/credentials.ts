import type { Accounts, AppAccount } from './accounts.js'
import type { ApiKeyIssuer } from './providers/api-key-store.js'
import type { BetterAuthServer, BetterAuthSession } from './providers/better-auth.js'
import type { LegacyIssuer } from './providers/legacy-issuer.js'
import { ulid, type WorkosIssuer } from './providers/workos-issuer.js'

export interface Providers {
  readonly legacy: LegacyIssuer
  readonly betterAuth: BetterAuthServer
  readonly workos: WorkosIssuer
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
    const person = { legacy, workos: `user_${ulid()}`, betterAuth: await betterAuth.signUp(account.name) }
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

  const adaLegacy = await legacy.accessToken(ada.legacy, lifetimeSeconds)
  const adaWorkos = await workos.accessToken(ada.workos, lifetimeSeconds)
  const adaKey = await apiKeys.mint(ADA.id, ['things:read'])

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
      apiKey: apiKey(withOtherLetter(adaKey)),
    },
    expired: {
      legacy: bearer(await legacy.accessToken(ada.legacy, -3600)),
      cookie: cookie(ended.cookie),
      bearer: bearer(ended.bearer),
      workos: bearer(await workos.accessToken(ada.workos, -3600)),
      apiKey: apiKey(await apiKeys.mintExpired(ADA.id, ['things:read'])),
    },
    adaFullKey: apiKey(await apiKeys.mint(ADA.id, ['*'])),
    grace: cookie(grace.betterAuth.cookie),
    linus: bearer(await legacy.accessToken(linus.legacy, lifetimeSeconds)),
    stranger: bearer(await workos.accessToken(`user_${ulid()}`, lifetimeSeconds)),
    legacyRefresh: bearer(await legacy.refreshToken(ada.legacy)),
    signedOut: cookie(signedOut.cookie),
    revokedKey: apiKey(await apiKeys.mintRevoked(ADA.id, ['*'])),
    unknownKey: apiKey(await apiKeys.mintUnknown(ADA.id)),
    confused: bearer(await workos.confusedToken(ada.workos)),
    foreignJwt: bearer(await betterAuth.jwtOf(ada.betterAuth)),
  }
}

/** Other claims under the old signature. */
function withClaims(token: string, changed: Readonly<Record<string, unknown>>): string {
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  return [header, Buffer.from(JSON.stringify({ ...claims, ...changed })).toString('base64url'), signature].join('.')
}

/** One session's token under another's signature. */
function withSignatureOf(value: string, other: string): string {
  return value.slice(0, value.lastIndexOf('.')) + other.slice(other.lastIndexOf('.'))
}

function withOtherLetter(key: string): string {
  const at = key.length - 10
  return key.slice(0, at) + (key[at] === 'A' ? 'B' : 'A') + key.slice(at + 1)
}
