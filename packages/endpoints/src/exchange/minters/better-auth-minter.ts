import { AuthError, type Minted, type MintRequest, type Principal, type SessionMinter } from '@dualauth/core'
import { functionOption, object, optionError, parseOptions, verifierName } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { clearedCaches, sessionCookies, type BetterAuthCookies } from './better-auth-cookies.js'
import {
  discreetly,
  userOf,
  type ProvisionBetterAuthUser,
  type UserAdapter,
  type UserContext,
} from './better-auth-people.js'
import { signed } from './signed.js'

/** The part of a Better Auth instance (`betterAuth({ … })` of their package, from 1.4 on) that is used. */
export interface MintingBetterAuth {
  readonly $context: Promise<unknown>
}

/** The options of `betterAuthMinter`. */
export interface BetterAuthMinterOptions {
  /** Name of the verifier `betterAuth({ … })` that reads the sessions. */
  readonly verifier: string
  /** The Better Auth instance itself. */
  readonly instance: MintingBetterAuth
  /** The id of the person in Better Auth; null: none. Default: the application's own id. */
  readonly userId?: (principal: Principal) => string | null | Promise<string | null>
  /**
   * Describes a person whom Better Auth does not know yet. The user is created there with the id from `userId` before
   * the session starts; `databaseHooks` run. If it returns null, and by default, no user is created and the exchange is
   * refused (`no_account`).
   */
  readonly provision?: ProvisionBetterAuthUser
  /**
   * Further fields of the session's row, such as `{ activeOrganizationId }`. Default: with the organization plugin, the organization
   * that the principal acts for.
   */
  readonly fields?: (
    request: MintRequest,
  ) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>
}

const schema = object({
  verifier: verifierName,
  instance: z.custom<MintingBetterAuth>(
    (value) => typeof (value as MintingBetterAuth | null)?.$context === 'object',
    'the instance that betterAuth({ … }) of Better Auth returned',
  ),
  userId: z.exactOptional(functionOption<NonNullable<BetterAuthMinterOptions['userId']>>()),
  provision: z.exactOptional(functionOption<ProvisionBetterAuthUser>()),
  fields: z.exactOptional(functionOption<NonNullable<BetterAuthMinterOptions['fields']>>()),
})

interface Context extends BetterAuthCookies {
  readonly secret: string
  readonly version?: unknown
  readonly options?: UserContext['options']
  readonly internalAdapter: UserAdapter & {
    createSession(
      userId: string,
      dontRememberMe: boolean,
      override: Readonly<Record<string, unknown>>,
      overrideAll: boolean,
    ): Promise<{ readonly token: string } | null>
    deleteSession(token: string): Promise<void>
  }
}

/** By something that somebody has. @see RFC 8176 section 2 */
const POSSESSION: readonly string[] = ['otp', 'hwk', 'sms', 'swk', 'fido', 'passkey', 'webauthn']
/** By something that somebody knows or is. */
const OTHER_FACTORS: readonly string[] = ['pwd', 'pin', 'kba', 'face', 'fpt', 'iris', 'retina', 'vbm']
const OFF: readonly unknown[] = [undefined, null, false, 0, 0n, '', '0', 'f', 'false']

/**
 * Creates sessions of Better Auth that its own server can read: a row by its `createSession`, with its hooks, and its
 * signed cookie. A client that asks for tokens gets the signed session token, for the bearer plugin.
 *
 * Better Auth extends its sessions. If `renew` of the exchange is off, the session is marked as "do not remember me",
 * so that the server does not extend it. A user with a second factor that the old credential does not prove must sign
 * in (`step_up`). It is proved by `mfa` in `amr`, or by a password or similar together with a code, a key or a passkey.
 * A banned user is refused.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function betterAuthMinter(options: BetterAuthMinterOptions): SessionMinter {
  const { verifier, instance, userId, provision, fields } = parseOptions(schema, options, 'betterAuthMinter')
  const rows = new WeakMap<Minted, string>()
  const contextOf = async (): Promise<Context> => (await instance.$context) as Context

  return {
    verifier,
    async mint(request) {
      const context = await contextOf()
      assertContext(context)
      const { principal, now } = request
      const id = userId === undefined ? principal.id : await userId(principal)
      const user = id === null ? null : await userOf(context, id, principal, provision)
      if (id === null || user === null) return null
      if (isBanned(user, now)) throw new AuthError('account_banned')
      // A database without booleans holds numbers.
      if (!OFF.includes(user['twoFactorEnabled']) && !provesTwoFactors(request.amr))
        return { kind: 'sign-in', url: null, reason: 'step_up' }
      const { token } = await createSession(context, id, request, await (fields ?? ownFields(context))(request))
      const minted = await mintedOf(context, token, request)
      rows.set(minted, token)
      return minted
    },
    async end(minted) {
      const token = rows.get(minted)
      if (token !== undefined) await (await contextOf()).internalAdapter.deleteSession(token)
    },
  }
}

function assertContext({ internalAdapter, authCookies, secret }: Partial<Context>): void {
  if (
    typeof internalAdapter?.createSession !== 'function' ||
    typeof authCookies?.sessionToken?.name !== 'string' ||
    typeof secret !== 'string'
  )
    throw optionError('betterAuthMinter.instance', 'must be an instance of Better Auth 1.4 or later')
}

async function createSession(
  { internalAdapter }: Context,
  id: string,
  { endsAt, slides, request }: MintRequest,
  more: Readonly<Record<string, unknown>>,
): Promise<{ readonly token: string }> {
  const own = { expiresAt: new Date(endsAt * 1000), userAgent: userAgentOf(request) }
  const row = { ...more, ...own }
  const session = await discreetly(
    () => internalAdapter.createSession(id, !slides, row, true),
    [id, ...Object.values(row)],
  )
  // A hook of the application said no.
  if (session === null || session === undefined) throw new AuthError('account_refused')
  return session
}

async function mintedOf(context: Context, token: string, request: MintRequest): Promise<Minted> {
  const value = await signed(token, context.secret)
  if (request.tokens)
    return {
      kind: 'tokens',
      tokens: { accessToken: asBearer(value, context), expiresIn: request.endsAt - Math.floor(request.now / 1000) },
    }
  const forgotten = request.slides ? null : await signed('true', context.secret)
  return {
    kind: 'cookies',
    cookies: [...sessionCookies(context, value, forgotten, request), ...clearedCaches(context, request)],
  }
}

/** The bearer plugin of 1.4 takes a signed token as it stands in a cookie; a later one takes it as it was signed. */
function asBearer(value: string, { version }: Context): string {
  const [major = 0, minor = 0] = typeof version === 'string' ? version.split('.').map(Number) : []
  return major > 1 || minor > 4 ? value : encodeURIComponent(value)
}

function ownFields({ options }: Context): (request: MintRequest) => Readonly<Record<string, unknown>> {
  const hasOrganizations = options?.plugins?.some(({ id }) => id === 'organization') === true
  return ({ principal: { organization } }) =>
    hasOrganizations && organization !== null ? { activeOrganizationId: organization } : {}
}

/** A code by mail or SMS alone is a first factor, too. */
function provesTwoFactors(amr: readonly string[]): boolean {
  const hasOne = (factors: readonly string[]): boolean => amr.some((method) => factors.includes(method))
  return amr.includes('mfa') || (hasOne(POSSESSION) && hasOne(OTHER_FACTORS))
}

function isBanned({ banned, banExpires }: Readonly<Record<string, unknown>>, now: number): boolean {
  if (OFF.includes(banned)) return false
  return banExpires === null || banExpires === undefined || new Date(banExpires as string).getTime() > now
}

const MAX_AGENT = 512

function userAgentOf({ headers }: MintRequest['request']): string {
  const agent: unknown =
    typeof (headers as Headers).get === 'function'
      ? (headers as Headers).get('user-agent')
      : (headers as Readonly<Record<string, unknown>>)['user-agent']
  return typeof agent === 'string' ? agent.slice(0, MAX_AGENT) : ''
}
