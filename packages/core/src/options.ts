import * as z from 'zod/mini'
import { grantOf } from './settings/grant.js'
import { between, functionOption, nonEmpty, object, text, token, withMethods } from './settings/schemas.js'
import { optionError, parseOptions } from './settings/options.js'
import { rememberOptions, type RememberOptions } from './cache/memory.js'
import { throttleOptions, type ParsedThrottle, type ThrottleOptions } from './throttle/options.js'
import type { RevocationFeed } from './cache/revoker.js'
import type { AuthEventListener } from './events/events.js'
import { DEFAULT_MAX_CREDENTIAL_BYTES, maxCredentialBytes } from './extract/credential.js'
import { originProblem } from './extract/trusted-origins.js'
import type { FindAccount } from './identity/link.js'
import type { Account, Link } from './identity/principal.js'
import type { LinkRefusal } from './identity/refusal.js'
import type { ExportedKeys } from './keys/key-set/key-ring.js'
import { migrationOptions, type MigrationOptions } from './migration/options.js'
import type { RegisteredGrant } from './register.js'
import type { NameOrganization } from './request/organization.js'
import type { FormatError } from './respond/format.js'
import type { Verifier } from './route/verifier.js'
import type { CheckedSource } from './verify/source-ready.js'

/** The options of `createDualAuth`. */
export interface DualAuthOptions<
  V extends readonly Verifier[] = readonly Verifier[],
  A extends Account | LinkRefusal = Account,
> {
  /**
   * In order from the oldest system to the newest. If several cookies are valid, the newest one decides the principal.
   */
  readonly verifiers: V
  /**
   * Finds the account for a verified identity. Required with several verifiers. With one verifier, the default uses the
   * subject as the account's id. If it has a `ready` method, `auth.ready` calls it.
   */
  readonly link?: Link<V[number], A> & CheckedSource
  /**
   * Finds an account by the application's own id, for `auth.can` and `auth.why` with `{ user }`. Returns what `link`
   * returns for it, or null if there is no such account. A throw means "cannot tell". Default: `can` and `why` accept
   * principals only.
   */
  readonly account?: FindAccount
  /**
   * Time limit for `link` and for `account`, in milliseconds each; then it is "cannot tell": `account_unavailable`, 503.
   * Default 10000, at most 60000.
   */
  readonly linkTimeoutMs?: number
  /**
   * Reads the organization that a request names, for example from a header. It must be one of the account's
   * `memberships`; any other is refused (`organization_mismatch`, 403). Needs `link`. Default: `link` decides.
   */
  readonly organization?: NameOrganization
  /**
   * One or more migrations from some verifiers to others. A migration's policy sets the stage of each organization:
   * which side is accepted and which side issues. Default: every verifier is accepted at all times.
   */
  readonly migration?: MigrationOptions<V[number]['name']> | readonly MigrationOptions<V[number]['name']>[]
  /** Defines the roles of this application. Without it, only permissions from `link` count. */
  readonly access?: {
    /** Role → grants: permissions, and the wildcards `*`, `resource:*` and `*:action`. */
    readonly roles?: Readonly<Record<string, readonly RegisteredGrant[]>>
  }
  /**
   * Names of verifiers that may own the same credential. The first one wins. API-key verifiers listed here form a
   * chain.
   */
  readonly precedence?: readonly string[]
  /**
   * Origins of the app's own pages, as browsers send them. Required for unsafe methods with a cookie:
   * `https://app.example.com`, `https://*.preview.example.com` for one label of a host that is yours, or
   * `tauri://localhost`.
   */
  readonly trustedOrigins?: readonly string[]
  /**
   * Allows unsafe requests with a cookie but without `Origin` and `Sec-Fetch-Site`, as mobile apps send them: for the
   * cookies of these verifiers, or of all (true). Default false.
   */
  readonly allowNonBrowser?: boolean | readonly V[number]['name'][]
  /** Maximum size of one credential, in bytes. Default 8192. */
  readonly maxCredentialBytes?: number
  /**
   * In WebSocket handshakes, `Sec-WebSocket-Protocol: <subprotocol>.<bearer>` is a bearer: `new WebSocket(url,
   * ['app.v1', `bearer.${token}`])` for `'bearer'`. Default: subprotocols are ignored.
   */
  readonly subprotocol?: string
  /** `realm` of the challenges. Default `api`. */
  readonly realm?: string
  /**
   * Formats the body of refusals, for example to keep a body that clients know. Use `answerWith` for another type or
   * status. Default: a problem document (RFC 9457).
   */
  readonly formatError?: FormatError
  /**
   * Key sets from `auth.exportKeys()` of another instance, so that a cold start fetches nothing. They keep their age.
   * Unusable entries are ignored. They are trusted like configuration.
   */
  readonly hydrate?: ExportedKeys | null
  /** Receives an event for each decision, for logs and metrics. Called in the request path, so hand off slow work. */
  readonly onEvent?: AuthEventListener
  /** Verified credentials are remembered within these limits. False: every credential is verified every time. */
  readonly remember?: RememberOptions | false
  /**
   * Refuses callers that keep presenting invalid credentials, with 429, before any look-up or verification. Remembered
   * credentials are never throttled, and successes do not count. Default: no throttling.
   */
  readonly throttle?: ThrottleOptions
  /** Sends revocations to other instances. Default: `auth.revoke` takes effect in this process only. */
  readonly revocations?: RevocationFeed
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

const verifier = z.custom<Verifier>((value) => {
  const candidate = value as Verifier | null | undefined
  return typeof candidate?.name === 'string' && Array.isArray(candidate.shapes) && typeof candidate.open === 'function'
}, 'a verifier, such as legacyJwt({ … }) returns')

const schema = object({
  verifiers: nonEmpty(verifier),
  link: z.exactOptional(functionOption<Link & CheckedSource>()),
  account: z.exactOptional(functionOption<FindAccount>()),
  linkTimeoutMs: z._default(between(1, 60_000), 10_000),
  organization: z.exactOptional(functionOption<NameOrganization>()),
  migration: z.exactOptional(
    z.union([migrationOptions, nonEmpty(migrationOptions)], 'an object with from, to and policy, or a list of them'),
  ),
  access: z.prefault(object({ roles: z._default(z.record(z.string(), z.array(grantOf<RegisteredGrant>())), {}) }), {}),
  precedence: z._default(z.array(text), []),
  trustedOrigins: z._default(z.array(text), []),
  allowNonBrowser: z._default(z.union([z.boolean(), z.array(text)], 'a boolean, or names of verifiers'), false),
  maxCredentialBytes: z._default(maxCredentialBytes, DEFAULT_MAX_CREDENTIAL_BYTES),
  subprotocol: z.exactOptional(token('a token without a dot, such as bearer', { maxLength: 64, dots: false })),
  realm: z._default(
    z
      .string('1 to 64 characters of ASCII, without quotes and backslashes')
      .check(z.regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,64}$/)),
    'api',
  ),
  formatError: z.exactOptional(functionOption<FormatError>()),
  // Checked where it is read: key sets from a newer version must not stop an app from starting.
  hydrate: z.exactOptional(z.custom<ExportedKeys | null>()),
  onEvent: z.exactOptional(functionOption<AuthEventListener>()),
  remember: z.prefault(z.union([z.literal(false), rememberOptions], 'an object, or false'), {}),
  throttle: z.exactOptional(throttleOptions),
  revocations: z.exactOptional(
    withMethods<RevocationFeed>(['publish', 'subscribe'], 'an object with publish and subscribe'),
  ),
  now: z._default(functionOption<() => number>(), () => Date.now),
})

/** With the defaults filled in. */
export type ParsedDualAuthOptions = Omit<DualAuthOptions, 'throttle'> &
  Required<Pick<DualAuthOptions, Defaulted>> & { readonly throttle?: ParsedThrottle }

type Defaulted =
  | 'access'
  | 'linkTimeoutMs'
  | 'precedence'
  | 'trustedOrigins'
  | 'allowNonBrowser'
  | 'maxCredentialBytes'
  | 'realm'
  | 'remember'
  | 'now'

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseDualAuthOptions(options: unknown): ParsedDualAuthOptions {
  const parsed = parseOptions(schema, options, 'createDualAuth')
  if (parsed.link === undefined && parsed.verifiers.length > 1) {
    throw optionError(
      'createDualAuth.link',
      'is required with several verifiers: the same person has a different subject in each',
    )
  }
  const [only] = parsed.verifiers
  if (parsed.link === undefined && only?.severalIssuers === true) {
    throw optionError(
      'createDualAuth.link',
      `is required: "${only.name}" has several issuers, and a subject is unique only within one issuer`,
    )
  }
  if (parsed.link === undefined && parsed.organization !== undefined && only?.forOrganization !== true) {
    throw optionError(
      'createDualAuth.organization',
      'needs link, which says which organizations an account belongs to; without it every organization is refused',
    )
  }
  assertOrigins(parsed)
  assertSeparateSecrets(parsed.verifiers)
  return parsed
}

/** Two verifiers with one secret accept each other's signatures: a signed cookie is then a valid JWT. */
function assertSeparateSecrets(verifiers: readonly Verifier[]): void {
  verifiers.forEach((a, index) => {
    for (const b of verifiers.slice(index + 1)) {
      const [one, two] = [a.secrets, b.secrets]
      // Duplicate names are reported separately.
      if (!one || !two || a.name === b.name || (one.acceptsShared && two.acceptsShared)) continue
      for (let i = 0; i < one.size; i++) {
        if (two.includes(one.at(i)))
          throw optionError(
            'createDualAuth.verifiers',
            `"${a.name}" and "${b.name}" share a secret; give each its own, or see acceptWeakSecret`,
          )
      }
    }
  })
}

function assertOrigins({ trustedOrigins, allowNonBrowser, verifiers }: ParsedDualAuthOptions): void {
  for (const [place, origin] of trustedOrigins.entries()) {
    const problem = originProblem(origin)
    if (problem !== null) throw optionError(`createDualAuth.trustedOrigins[${place}]`, problem)
  }
  if (typeof allowNonBrowser === 'boolean') return
  for (const [place, name] of allowNonBrowser.entries()) {
    const verifier = verifiers.find((one) => one.name === name)
    if (verifier?.shapes.some(({ carriage }) => carriage.cookies.length > 0) !== true)
      throw optionError(
        `createDualAuth.allowNonBrowser[${place}]`,
        'must be the name of a verifier that takes a cookie',
      )
  }
}
