import { isAuthError } from '@dualauth/core'
import { APIError, createAuthMiddleware } from 'better-auth/api'
import type { IdOptions } from './account-id.js'
import type { LegacyMovesSchema, MovesAdapter } from './legacy-moves.js'

/** A plugin of Better Auth, of the part of its form that has been the same since 1.4. */
export interface PasswordPlugin<Id extends string = string> {
  readonly id: Id
  readonly schema?: LegacyMovesSchema
  // oxlint-disable-next-line no-explicit-any
  readonly init?: (context: any) => { readonly context: any }
  readonly hooks?: {
    readonly before?: PasswordHook[]
    readonly after?: PasswordHook[]
  }
}

/** Better Auth's own types are not named, so that declarations stay the same from version to version. */
export interface PasswordHook {
  matcher(context: { readonly path?: string | undefined }): boolean
  // oxlint-disable-next-line no-explicit-any
  readonly handler: any
}

/** What is used of the context of a hook. */
export interface HookContext {
  readonly path: string
  readonly body: unknown
  readonly headers?: Headers | undefined
  readonly request?: Request | undefined
  readonly context: {
    readonly returned?: unknown
    readonly newSession?: { readonly user: UserRow } | null
    readonly adapter: MovesAdapter & {
      updateMany(query: {
        readonly model: string
        readonly where: readonly { readonly field: string; readonly value: unknown }[]
        readonly update: Readonly<Record<string, unknown>>
      }): Promise<number>
    }
    readonly internalAdapter: {
      findUserByEmail(email: string, options: { readonly includeAccounts: true }): Promise<FoundUser | null>
      findUserById(userId: string): Promise<UserRow | null>
      findAccounts(userId: string): Promise<readonly AccountRow[]>
      createOAuthUser(
        user: object,
        account: object,
      ): Promise<{ readonly user: UserRow; readonly account: AccountRow | null }>
      createAccount(account: object): Promise<unknown>
      deleteUser(id: string): Promise<unknown>
    }
    readonly options: IdOptions
    generateId(options: { readonly model: string }): string | false
    readonly logger: { error(message: string): void }
  }
}

export interface UserRow {
  readonly id: string
  readonly createdAt?: Date | string
}

export interface AccountRow {
  readonly id: string
  readonly providerId: string
  readonly password?: string | null
}

export interface FoundUser {
  readonly user: UserRow
  readonly accounts: readonly AccountRow[]
}

/** A hook of some endpoints. What it throws is an answer of Better Auth; an outage is 503. */
export function hookOf(paths: readonly string[], run: (context: HookContext) => Promise<object | void>): PasswordHook {
  return {
    matcher: ({ path }) => path !== undefined && paths.includes(path),
    handler: createAuthMiddleware(async (context) => {
      try {
        return await run(context as unknown as HookContext)
      } catch (cause) {
        throw asApiError(cause)
      }
    }),
  }
}

/** An error as Better Auth answers it. Whatever else goes wrong is no statement about a password. */
export function asApiError(cause: unknown): Error {
  if (cause instanceof APIError || (cause as Error | null)?.name === 'APIError') return cause as Error
  if (isAuthError(cause) && cause.status === 400)
    return new APIError('BAD_REQUEST', { code: cause.code, message: cause.detail ?? cause.message })
  const code = isAuthError(cause) ? cause.code : 'account_unavailable'
  const seconds = isAuthError(cause) ? (cause.retryAfterSeconds ?? RETRY_AFTER_SECONDS) : RETRY_AFTER_SECONDS
  const error = new APIError(
    'SERVICE_UNAVAILABLE',
    { code, message: 'The password cannot be checked at the moment.' },
    { 'retry-after': String(seconds) },
  )
  // For logs; it is no part of the answer.
  Object.defineProperty(error, 'cause', { value: cause, enumerable: false, configurable: true })
  return error
}

const RETRY_AFTER_SECONDS = 5

/** Whether somebody can sign in by a password. */
export function hasPassword(accounts: readonly AccountRow[]): boolean {
  return typeof credentialOf(accounts)?.password === 'string'
}

/** The account that has the password. */
export function credentialOf(accounts: readonly AccountRow[]): AccountRow | undefined {
  return accounts.find(({ providerId }) => providerId === 'credential')
}
